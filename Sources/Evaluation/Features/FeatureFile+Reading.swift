import CLIPFiles
import CLIPTensors
import CLIPWeights

extension FeatureFile {
  /// Reads a `.safetensors` file that `carbonclip embed` wrote; features are mapped, not copied.
  /// - Throws: ``InputError`` when it cannot be read, holds something else, or its parts contradict each other.
  public init(reading path: String) throws {
    if Folder.containsFile(path), let kind = try? Kind(path: path), kind != .safetensors {
      throw InputError(
        "features in .\(kind.rawValue) are for NumPy, and not read here", file: path,
        advice: "write a .safetensors file with carbonclip embed")
    }
    let file = try SafetensorsFile(path: path)
    func features(_ name: String) throws -> Tensor? {
      guard let shape = file.shape(of: name) else { return nil }
      guard shape.rank == 2, shape.count > 0 else {
        throw InputError("expected features [rows, embed], found \(shape)", file: path, at: name)
      }
      return try file.tensor(name)
    }
    image = try features("image_features")
    text = try features("text_features")
    guard image != nil || text != nil else {
      throw InputError(
        "holds no features", file: path, advice: "carbonclip embed writes them; this may be a model's weights")
    }
    keys = try Self.list("keys", in: file, count: image?.shape[0])
    captions = try Self.list("captions", in: file, count: text?.shape[0])
    if file.contains("owner") { owner = try file.integers("owner") }
    if file.contains("labels") { labels = try file.integers("labels") }
    let owners = -1..<max(keys.count, 0)
    guard owner.isEmpty || (owner.count == text?.shape[0] && owner.allSatisfy(owners.contains)) else {
      throw InputError("does not say for each text which picture it belongs to", file: path, at: "owner")
    }
    if let image, let text, image.shape[1] != text.shape[1] {
      throw InputError("features of pictures and of texts differ in length", file: path)
    }
    notes = file.metadata
    notes["keys"] = nil
    notes["captions"] = nil
  }

  /// Names or texts, one for each row of features; those of earlier versions, which kept no texts, are empty.
  private static func list(_ name: String, in file: SafetensorsFile, count: Int?) throws -> [String] {
    guard let count, let note = file.metadata[name] else { return [] }
    let list: [String]?
    do { list = try JSONParser.parse(note).arrayValue?.compactMap(\.stringValue) } catch let error as InputError {
      throw InputError(error.problem, file: file.path, at: "__metadata__.\(name)")
    }
    guard let list, list.count == count else {
      throw InputError(
        "\(list?.count ?? 0) names for \(count) rows of features", file: file.path, at: "__metadata__.\(name)")
    }
    return list
  }
}
