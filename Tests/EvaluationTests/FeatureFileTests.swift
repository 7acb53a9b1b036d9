import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPTensors
import CLIPWeights
import Foundation
import Testing

@Suite("Files of features")
struct FeatureFileTests {
  private static func features(_ rows: Int, _ seed: UInt64, embed: Int = 8) -> Tensor {
    var random = Philox(seed: seed, purpose: .test)
    let values = (0..<rows).flatMap { _ -> [Float] in
      let row = (0..<embed).map { _ in random.normal() }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { $0 / norm }
    }
    return Tensor(values, [rows, embed])
  }

  private static func file() -> FeatureFile {
    var file = FeatureFile()
    file.image = features(3, 1)
    file.keys = ["a.jpg", "b \"quoted\".jpg", "\u{E9}.jpg"]
    file.add(texts: ["one", "two\nlines"], features(2, 2))
    file.add(texts: ["three"], features(1, 3))
    file.owner = [0, 2, -1]
    file.notes = ["model": #"{"pretrained":"base"}"#, "precision": "fp32"]
    return file
  }

  private func folder(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("features-\(UUID().uuidString)").path
    try Folder.make(path)
    defer { try? Folder.remove(path) }
    try body(path)
  }

  @Test("what is written as safetensors is read again, names, texts and owners included")
  func roundTrip() throws {
    try folder { folder in
      let written = Self.file(), path = "\(folder)/f.safetensors"
      #expect(try written.write(to: path) == [path])
      let read = try FeatureFile(reading: path)
      #expect(read.image?.elements == written.image?.elements && read.text?.elements == written.text?.elements)
      #expect(read.keys == written.keys && read.captions == ["one", "two\nlines", "three"])
      #expect(read.owner == [0, 2, -1] && read.labels.isEmpty && read.notes == written.notes)
    }
  }

  @Test("a file that the safetensors library wrote is read")
  func recorded() throws {
    let file = try FeatureFile(reading: "\(RetrievalMetricsTests.folder)/features.safetensors")
    #expect(file.image?.shape == [3, 4] && file.text?.shape == [2, 4] && file.isFinite)
    #expect(file.keys == ["a.jpg", "b.jpg", "\u{E9}t\u{E9}.jpg"] && file.captions == ["one", "two"])
    #expect(file.owner == [0, -1] && file.labels == [0, 1, 1] && file.notes["model_digest"] == "0")
  }

  @Test("the ending says what is written; others are refused")
  func endings() throws {
    try folder { folder in
      var file = Self.file()
      try file.write(to: "\(folder)/f.NPZ")
      #expect(try TextFile.bytes(of: "\(folder)/f.NPZ").starts(with: [0x50, 0x4B]))
      for name in ["f.parquet", "f", "f.csv", "a.npy.old"] {
        #expect(throws: InputError.self) { try file.write(to: "\(folder)/\(name)") }
      }
      #expect(
        throws: InputError(
          "features are not written as .parquet", file: "f.parquet",
          advice: "end its name in .safetensors, .npz or .npy")
      ) { try FeatureFile.Kind(path: "f.parquet") }
      #expect(throws: InputError.self) { try file.write(to: "\(folder)/f.npy") }
      file.text = nil
      file.captions = []
      file.owner = []
      #expect(try file.write(to: "\(folder)/f.npy") == ["\(folder)/f.npy", "\(folder)/f.npy.json"])
      let beside = try JSONParser.parse(TextFile.text(of: "\(folder)/f.npy.json"))
      #expect(beside["keys"]?.arrayValue?.count == 3 && beside["model"]?["pretrained"] == "base")
      #expect(try Set(Folder.names(in: folder)) == ["f.NPZ", "f.npy", "f.npy.json"])
    }
  }

  @Test("files that hold something else, or contradict themselves, are refused")
  func refused() throws {
    try folder { folder in
      let path = "\(folder)/f.safetensors", image = Self.features(2, 1)
      func refuse(_ tensors: [OutgoingTensor], _ metadata: [String: String] = [:], _ part: String) throws {
        try SafetensorsWriter.write(tensors, to: path, metadata: metadata)
        do {
          _ = try FeatureFile(reading: path)
          Issue.record("no error: \(part)")
        } catch let error as InputError { #expect("\(error)".contains(part), "\(error)") }
      }
      try refuse([OutgoingTensor("visual.proj", image)], [:], "holds no features")
      try refuse([OutgoingTensor("image_features", Tensor([1], [1]))], [:], "expected features [rows, embed]")
      try refuse([OutgoingTensor("image_features", image)], ["keys": #"["a"]"#], "1 names for 2 rows")
      try refuse([OutgoingTensor("image_features", image)], ["keys": "[1"], "keys")
      try refuse(
        [
          OutgoingTensor("image_features", image), OutgoingTensor("text_features", Self.features(1, 2)),
          OutgoingTensor("owner", integers: [2], [1]),
        ], ["keys": #"["a", "b"]"#], "owner")
      try refuse(
        [
          OutgoingTensor("image_features", image), OutgoingTensor("text_features", Self.features(1, 2, embed: 4)),
        ], [:], "differ in length")
    }
  }

  @Test("the best matches are those of sorted cosines, of equal ones the first", arguments: [1, 2, 7, 300, 1000])
  func search(count: Int) throws {
    var rows = Self.features(500, 4).elements
    // Twins, some apart and some side by side.
    for (twin, of) in [(3, 2), (400, 2), (401, 2), (499, 17)] {
      for place in 0..<8 { rows[8 * twin + place] = rows[8 * of + place] }
    }
    let features = Tensor(rows, [500, 8]),
      queries = Tensor(Array(rows[16..<24]) + Self.features(2, 5).elements, [3, 8])
    let found = try FeatureSearch(features).best(count, for: queries, on: ThreadPool(threads: 2))
    for (query, matches) in found.enumerated() {
      let scores = (0..<500).map { row in
        (0..<8).reduce(Double(0)) { $0 + Double(rows[8 * row + $1]) * Double(queries.elements[8 * query + $1]) }
      }
      #expect(matches.count == min(count, 500))
      for (match, pair) in zip(matches, matches.dropFirst()) {
        #expect(match.score > pair.score || (match.score == pair.score && match.index < pair.index))
      }
      for match in matches { #expect(abs(Double(match.score) - scores[match.index]) < 1e-6) }
      let least = matches.map(\.score).min() ?? 0, chosen = Set(matches.map(\.index))
      for row in 0..<500 where !chosen.contains(row) { #expect(scores[row] < Double(least) + 1e-6) }
    }
    #expect(found[0].prefix(4).map(\.index) == Array([2, 3, 400, 401].prefix(min(4, count))))
  }
}
