import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPTensors
import CLIPUnits

struct FindCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find the pictures that fit a text, or look like a picture, among features that embed wrote.",
    discussion: """
      The model is the one that made the features: their file names it. A score is the cosine between the query's features \
      and the picture's. Several texts are answered one after another.

      Example: carbonclip find "a red circle" features.safetensors
      carbonclip find "a red bicycle" photos.safetensors
      carbonclip find --image photos/bicycle.jpg photos.safetensors -k 10
      """)

  @Argument(help: "Texts to look for and, last, the .safetensors file that embed wrote.", completion: .file())
  var words: [String]

  @Option(help: "A picture to look for. May be repeated.", completion: .file())
  var image: [String] = []

  @Option(name: [.customShort("k"), .long], help: "How many pictures to show.")
  var top = 5

  @Option(help: "Where the model lies, if not where it was when the features were made.", completion: .file())
  var pretrained: String?

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...1_000_000).contains(top) else { throw ValidationError("--top must be from 1 to 1000000, found \(top)") }
    if words.count == 1, image.isEmpty {
      throw ValidationError("name what to look for, a text or --image, before the features: find \"a dog\" FEATURES")
    }
  }

  private var texts: [String] { Array(words.dropLast()) }

  func run() throws {
    let path = words.last ?? ""
    try refuseMisplaced(path)
    let file = try FeatureFile(reading: path)
    guard let features = file.image else {
      throw InputError("holds no features of pictures", file: path, advice: "embed some with --images or --data")
    }
    let console = Console(), pool = threads.pool
    let model = try model(of: file, path, console)
    var rows: [Float] = []
    if !texts.isEmpty { rows += try model.embed(texts: texts, on: pool).elements }
    if !image.isEmpty { rows += try model.embed(images: image, on: pool).elements }
    let queries = Tensor(rows, [texts.count + image.count, features.shape[1]])
    guard queries.isFinite else {
      throw InputError("the model's features are not finite", file: model.pretrained, advice: "check the checkpoint")
    }
    let found = try FeatureSearch(features).best(top, for: queries, on: pool)
    let answers = zip(texts.map { ("text", $0) } + image.map { ("image", $0) }, found).map {
      FoundPictures(kind: $0.0, query: $0.1, matches: $1, file)
    }
    Output.result(
      [
        "features": .string(path), "images": .integer(features.shape[0]), "pretrained": .string(model.pretrained),
        "queries": .array(answers.map(\.json)),
      ], text: answers.map(\.text).joined(separator: "\n\n"))
  }

  /// A features file among the texts, or a picture, was meant otherwise.
  private func refuseMisplaced(_ path: String) throws {
    for text in texts where Folder.containsFile(text) {
      if text.hasSuffix(".safetensors") {
        throw InputError("is not looked for", file: text, advice: "the features' file comes last, after all texts")
      }
      throw InputError(
        "is a file, not a text", file: text, advice: "a picture is looked for with --image \(ShellWord.quoted(text))")
    }
  }

  /// The model that made the features.
  /// - Throws: ``InputError`` when it is not there, or another one is.
  private func model(of file: FeatureFile, _ path: String, _ console: Console) throws -> LoadedModel {
    var request: LoadedModel.Request
    do {
      request = try FeatureModel(notes: file.notes, file: path).request(besideFile: path)
      if let pretrained { request.pretrained = pretrained }
    } catch let error as InputError {
      guard let pretrained else { throw error }
      request = LoadedModel.Request(pretrained: pretrained)
    }
    let loaded: LoadedModel
    do { loaded = try LoadedModel(request) } catch var error as InputError {
      if pretrained == nil, error.file == request.pretrained, !Folder.isThere(request.pretrained) {
        error.advice = "the model that made \(path) is no longer there; name it with --pretrained"
      }
      throw error
    }
    for assumption in loaded.assumptions { console.note("note: \(assumption)") }
    guard let digest = file.notes["model_digest"] else {
      throw InputError(
        "does not say by which weights its features were made", file: path,
        advice: "write it again with carbonclip embed")
    }
    guard try loaded.digest() == digest else {
      throw InputError(
        "its features were made by another model (\(file.notes["pretrained"] ?? "unknown")) than \(request.pretrained) is",
        file: path, advice: "name that one with --pretrained, or embed the pictures again")
    }
    guard file.notes["precision"] == EmbedPrecision.bf16.rawValue else { return loaded }
    return loaded.with(loaded.model.inBFloat16(console), parameters: loaded.parameters, name: loaded.name)
  }
}

/// The answer to one query.
struct FoundPictures {
  let kind: String
  let query: String
  private let rows: [(score: Float, key: String, caption: String?)]

  init(kind: String, query: String, matches: [FeatureSearch.Match], _ file: FeatureFile) {
    self.kind = kind
    self.query = query
    var first: [Int: String] = [:]
    for (caption, owner) in zip(file.captions, file.owner) where first[owner] == nil { first[owner] = caption }
    rows = matches.map { match in
      let key = file.keys.indices.contains(match.index) ? file.keys[match.index] : "\(match.index)"
      return (match.score, key, first[match.index])
    }
  }

  var json: JSONValue {
    let results = rows.enumerated().map { rank, row in
      var object = JSONObject()
      object["rank"] = .integer(rank + 1)
      object["score"] = .number(Double(row.score))
      object["key"] = .string(row.key)
      object["caption"] = row.caption.map { .string($0) }
      return JSONValue.object(object)
    }
    return ["query": .string(query), "kind": .string(kind), "results": .array(results)]
  }

  var text: String {
    let hasCaptions = rows.contains { $0.caption != nil }
    var table = Table(["", "score", "image"] + (hasCaptions ? ["its first caption"] : []), words: [2, 3])
    for (rank, row) in rows.enumerated() {
      table.add(
        ["\(rank + 1)", Figures.fixed(Double(row.score), places: 4), row.key] + (hasCaptions ? [row.caption ?? ""] : [])
      )
    }
    return "\(query)\n\(table.shown)"
  }
}
