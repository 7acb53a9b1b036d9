package import CLIPFiles
import CLIPTensors
import CLIPWeights

extension FeatureFile {
  /// A header of safetensors holds 100,000,000 bytes; a part is left for the rest.
  private static let mostHeaderText = 90_000_000

  /// Writes the features in the kind of file that the path's ending says.
  /// - Returns: the files written: one, or two for `.npy`.
  /// - Throws: ``InputError`` for another ending, for what a kind does not hold, or when a file cannot be written.
  @discardableResult
  public func write(to path: String) throws -> [String] {
    switch try Kind(path: path) {
    case .safetensors: try writeSafetensors(path)
    case .npz: try NumPyArchive.write(arrays(), to: path)
    case .npy:
      guard let features = image ?? text, image == nil || text == nil else {
        throw Self.twoArrays(in: path)
      }
      try NumPyArray("features", features).write(to: path)
      // Not under a name that somebody else's file may have.
      try AtomicFile.write(description.text(indentation: 2) + "\n", to: "\(path).json")
      return [path, "\(path).json"]
    }
    return [path]
  }

  /// What an `.npy` file does not hold.
  package static func twoArrays(in path: String) -> InputError {
    InputError(
      "an .npy file holds one array, and there are features of pictures and of texts", file: path,
      advice: "end its name in .npz or .safetensors")
  }

  private func writeSafetensors(_ path: String) throws {
    var tensors: [OutgoingTensor] = []
    if let image { tensors.append(OutgoingTensor("image_features", image)) }
    if let text {
      tensors.append(OutgoingTensor("text_features", text))
      tensors.append(OutgoingTensor("owner", integers: owner, [owner.count]))
    }
    if !labels.isEmpty { tensors.append(OutgoingTensor("labels", integers: labels, [labels.count])) }
    var metadata = notes
    for (name, list) in [("keys", keys), ("captions", captions)] where !list.isEmpty {
      metadata[name] = JSONValue.array(list.map(JSONValue.string)).text()
    }
    guard metadata.values.reduce(0, { $0 + $1.utf8.count }) <= Self.mostHeaderText else {
      throw InputError(
        "names and texts of \(keys.count) pictures and \(captions.count) texts are too long for a safetensors header",
        file: path, advice: "end its name in .npz, or embed a part at a time")
    }
    try SafetensorsWriter.write(tensors, to: path, metadata: metadata)
  }

  private func arrays() throws -> [NumPyArray] {
    var arrays: [NumPyArray] = []
    if let image { arrays += [NumPyArray("image_features", image), try NumPyArray("keys", texts: keys)] }
    if let text {
      arrays += [
        NumPyArray("text_features", text), NumPyArray("owner", integers: owner),
        try NumPyArray("captions", texts: captions),
      ]
    }
    if !labels.isEmpty { arrays.append(NumPyArray("labels", integers: labels)) }
    for (name, note) in notes.sorted(by: { $0.key < $1.key }) { arrays.append(try NumPyArray(name, texts: [note])) }
    return arrays
  }

  /// All but the features.
  private var description: JSONValue {
    var object = JSONObject()
    for (name, list) in [("keys", keys), ("captions", captions)] where !list.isEmpty {
      object[name] = .array(list.map(JSONValue.string))
    }
    for (name, list) in [("owner", owner), ("labels", labels)] where !list.isEmpty {
      object[name] = .array(list.map { .integer($0) })
    }
    for (name, note) in notes.sorted(by: { $0.key < $1.key }) {
      object[name] = name == "model" ? try? JSONParser.parse(note) : .string(note)
    }
    return .object(object)
  }
}
