import CLIPCheckpoints
import CLIPFiles

/// The model that made features, as their file names it: the flags that `embed` was given, with paths that mean the same from
/// anywhere.
struct FeatureModel {
  let json: JSONValue

  init(_ options: ModelOptions, writing output: String) {
    let folder = Folder.parent(of: output), checkpoint = options.checkpoint
    var object = JSONObject()
    object["pretrained"] = .string(FilePlaces.recorded(options.pretrained, in: folder))
    object["model"] = checkpoint.model.map { .string(FilePlaces.recorded($0, in: folder)) }
    object["tokenizer"] = checkpoint.tokenizer.map { .string(FilePlaces.recorded($0, in: folder)) }
    if checkpoint.forceQuickGelu { object["force_quick_gelu"] = true }
    object["force_image_size"] = checkpoint.forceImageSize.map { .integer($0) }
    json = .object(object)
  }

  /// What a file of features says.
  /// - Throws: ``InputError`` when it does not say which model made them.
  init(notes: [String: String], file: String) throws {
    guard let note = notes["model"], let json = try? JSONParser.parse(note), json["pretrained"]?.stringValue != nil
    else {
      throw InputError(
        "does not say which model made its features", file: file,
        advice: "name it with --pretrained, or write the file again with carbonclip embed")
    }
    self.json = json
  }

  /// How to open it.
  /// - Parameter file: the file of features, beside which paths are looked for
  func request(besideFile file: String) -> LoadedModel.Request {
    let places = FilePlaces(besideFile: file)
    func path(_ key: String) -> String? { json[key]?.stringValue.map(places.find) }
    var request = LoadedModel.Request(pretrained: path("pretrained") ?? "")
    request.model = path("model")
    request.tokenizer = path("tokenizer")
    request.forcesQuickGELU = json["force_quick_gelu"] == .bool(true)
    request.imageSize = json["force_image_size"]?.intValue
    request.modelFlag = nil
    request.tokenizerFlag = nil
    return request
  }
}
