import CLIPFiles
import CLIPImages
import CLIPTensors
import CLIPWeights
import Foundation
import Testing

/// A folder of pictures, embedded and searched.
@Suite("embed and find")
struct FindCommandTests {
  private let folder: TemporaryFolder
  private var model: String { "\(folder.path)/model" }
  private var features: String { "\(folder.path)/photos.safetensors" }

  init() throws {
    folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
    for (index, color) in [[200, 20, 20], [20, 200, 20], [20, 20, 200], [240, 240, 30]].enumerated() {
      let place = "\(folder.path)/photos/\(index % 2 == 0 ? "even" : "odd/deep")"
      try Folder.make(place)
      // Stripes of other widths, so that no two pictures are alike to a random model.
      let pixels = (0..<40 * 40).flatMap { pixel -> [UInt8] in
        let isBright = (pixel % 40) / (index + 2) % 2 == 0, shade = pixel / 40
        return color.map { UInt8(isBright ? min($0 + shade, 255) : shade) }
      }
      try AtomicFile.write(
        PNGEncoder.encode(PixelImage(rows: 40, columns: 40, pixels: pixels)), to: "\(place)/\(index).png")
    }
  }

  private func run(_ arguments: [String]) throws -> Program.Outcome { try Program.run(arguments, in: folder.path) }

  @discardableResult
  private func embed(_ more: [String] = ["--images", "photos"], to output: String = "photos.safetensors") throws
    -> JSONValue
  {
    let outcome = try run(["embed", "--pretrained", "model", "--output", output, "--json"] + more)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONParser.parse(outcome.output)
  }

  private func fault(_ arguments: [String]) throws -> String {
    let outcome = try run(arguments)
    #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
    return outcome.errors.replacing("\(folder.path)/", with: "")
  }

  @Test(
    "a picture finds itself first, with a cosine of 1; texts have the cosines of the features",
    arguments: ["fp32", "bf16"])
  func finds(precision: String) throws {
    let made = try embed(["--images", "photos", "--precision", precision])
    #expect(made["images"]?.intValue == 4 && made["captions"]?.intValue == 0)
    try embed(["--texts", "texts.json", "--precision", precision], texts: ["a red circle", "blue"])
    let found = try run([
      "find", "a red circle", "blue", "photos.safetensors", "--image", "photos/odd/deep/3.png", "-k", "3", "--json",
    ])
    try #require(found.status == 0, "\(found.errors)")
    let queries = try #require(try JSONParser.parse(found.output)["queries"]?.arrayValue)
    #expect(queries.map { $0["query"]?.stringValue } == ["a red circle", "blue", "photos/odd/deep/3.png"])
    #expect(queries.map { $0["kind"]?.stringValue } == ["text", "text", "image"])
    let own = try #require(queries[2]["results"]?.arrayValue?.first)
    #expect(own["key"] == "photos/odd/deep/3.png")
    #expect(abs((own["score"]?.doubleValue ?? 0) - 1) < 1e-3)
    let photos = try SafetensorsFile(path: features),
      texts = try SafetensorsFile(path: "\(folder.path)/texts.safetensors")
    let images = try photos.tensor("image_features").elements, words = try texts.tensor("text_features").elements
    let keys = try JSONParser.parse(try #require(photos.metadata["keys"])).arrayValue?.compactMap(\.stringValue)
    #expect(keys == ["photos/even/0.png", "photos/even/2.png", "photos/odd/deep/1.png", "photos/odd/deep/3.png"])
    for query in 0..<2 {
      let results = try #require(queries[query]["results"]?.arrayValue)
      let scores = (0..<4).map { row in
        (0..<16).reduce(Float(0)) { $0 + images[16 * row + $1] * words[16 * query + $1] }
      }
      #expect(results.count == 3)
      for (rank, result) in results.enumerated() {
        let row = try #require(keys?.firstIndex { result["key"] == .string($0) })
        #expect(abs((result["score"]?.doubleValue ?? 9) - Double(scores[row])) < 1e-5)
        #expect(result["rank"]?.intValue == rank + 1)
        #expect(scores.filter { $0 > scores[row] + 1e-6 }.count <= rank)
      }
    }
  }

  private func embed(_ more: [String], texts: [String]) throws {
    try AtomicFile.write(JSONValue.array(texts.map { .string($0) }).text(), to: "\(folder.path)/texts.json")
    try embed(more, to: "texts.safetensors")
  }

  @Test("the table is aligned, and shows a caption where the data has captions")
  func table() throws {
    try embed()
    let lines = try run(["find", "a cat", "photos.safetensors"]).output.split(separator: "\n")
    #expect(lines.count == 6 && lines[0] == "a cat" && lines[1] == "     score  image")
    #expect(lines[2].hasPrefix("1  ") && lines[2].contains("photos/"))
    try embed(["--data", "scenes:test?count=6&size=32"], to: "scenes.safetensors")
    #expect(try run(["find", "a", "scenes.safetensors"]).output.contains("its first caption"))
  }

  @Test("a plain folder is data for embed, too; a list of files and a file of texts go together")
  func sources() throws {
    #expect(try embed(["--data", "photos/even"], to: "a.npz")["images"]?.intValue == 2)
    try AtomicFile.write("photos/even/0.png\nphotos/even/2.png\n", to: "\(folder.path)/list.txt")
    try AtomicFile.write("a red circle\n\na blue square\n", to: "\(folder.path)/prompts.txt")
    let both = try embed(["--images", "list.txt", "--images", "photos/odd", "--texts", "prompts.txt"])
    #expect(both["images"]?.intValue == 4 && both["captions"]?.intValue == 2)
    let file = try SafetensorsFile(path: features)
    #expect(try file.integers("owner") == [-1, -1])
    #expect(file.metadata["captions"] == #"["a red circle","a blue square"]"#)
    try embed(["--texts", "prompts.txt"], to: "prompts.npy")
    #expect(try Set(Folder.names(in: folder.path)).isSuperset(of: ["prompts.npy", "prompts.npy.json"]))
  }

  @Test("features of another model are refused, and of the same model that has moved are not")
  func models() throws {
    try embed()
    let pruned = try run([
      "prune", "--pretrained", "model", "--vision-mlp", "32", "--strategy", "magnitude", "--output", "other",
    ])
    try #require(pruned.status == 0, "\(pruned.errors)")
    #expect(
      try fault(["find", "a", "photos.safetensors", "--pretrained", "other"]).contains(
        "photos.safetensors: its features were made by another model (model) than other is"))
    try FileManager.default.moveItem(atPath: model, toPath: "\(folder.path)/moved")
    #expect(try fault(["find", "a", "photos.safetensors"]).contains("name it with --pretrained"))
    let found = try run(["find", "a", "photos.safetensors", "--pretrained", "moved"])
    #expect(found.status == 0, "\(found.errors)")
    // From another folder the file says where its model is.
    try FileManager.default.moveItem(atPath: "\(folder.path)/moved", toPath: model)
    try Folder.make("\(folder.path)/elsewhere")
    let away = try Program.run(["find", "a", "../photos.safetensors"], in: "\(folder.path)/elsewhere")
    #expect(away.status == 0, "\(away.errors)")
  }

  @Test("weights that changed under the same name are another model")
  func changed() throws {
    try embed()
    let weights = "\(model)/open_clip_model.safetensors", state = try StateDictionary(path: weights)
    let tensors = try state.names.map { name in
      let tensor = try state.tensor(name)
      return OutgoingTensor(name, name == "logit_scale" ? Tensor(tensor.elements.map { $0 + 1 }, tensor.shape) : tensor)
    }
    try SafetensorsWriter.write(tensors, to: weights)
    #expect(try fault(["find", "a", "photos.safetensors"]).contains("another model"))
  }

  @Test("what cannot be meant is one line with what to do")
  func refused() throws {
    try embed()
    try AtomicFile.write("a\n", to: "\(folder.path)/prompts.txt")
    try embed(["--texts", "prompts.txt"], to: "texts.safetensors")
    let faults: [([String], String)] = [
      (["find", "a", "missing.safetensors"], "missing.safetensors: cannot open"),
      (["find", "a", "texts.safetensors"], "texts.safetensors: holds no features of pictures"),
      (["find", "a", "model/open_clip_model.safetensors"], "holds no features"),
      (["find", "photos/even/0.png", "photos.safetensors"], "--image photos/even/0.png"),
      (["find", "photos.safetensors", "a"], "the features' file comes last"),
      (["find", "--image", "prompts.txt", "photos.safetensors"], "prompts.txt: "),
      (["embed", "--pretrained", "model", "--images", "photos", "--output", "a.parquet"], "not written as .parquet"),
      (
        ["embed", "--pretrained", "model", "--images", "photos", "--texts", "prompts.txt", "--output", "a.npy"], ".npz"
      ),
      (["embed", "--pretrained", "model", "--data", "scenes:test?count=2&size=32", "--output", "a.npy"], ".npz"),
      (["embed", "--pretrained", "model", "--texts", "photos/even/0.png", "--output", "a.npz"], "neither a .txt"),
      (["embed", "--pretrained", "model", "--texts", "missing.txt", "--output", "a.npz"], "missing.txt: no such file"),
      (["embed", "--pretrained", "model", "--images", "missing", "--output", "a.npz"], "missing: no such file"),
    ]
    for (arguments, part) in faults { #expect(try fault(arguments).contains(part), "\(arguments)") }
    for arguments in [
      ["find", "photos.safetensors"], ["find", "a", "photos.safetensors", "-k", "0"],
      ["embed", "--pretrained", "model", "--output", "a.npz"],
      ["embed", "--pretrained", "model", "--data", "x", "--images", "y", "--output", "a.npz"],
    ] { #expect(try run(arguments).status == 64, "\(arguments)") }
  }
}
