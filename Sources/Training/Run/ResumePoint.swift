public import CLIPFiles
import CLIPSystem
public import CLIPTensors
import CLIPWeights

/// Everything that a run needs to go on where it stood: named tensors and a state, in one file that appears whole or
/// not at all.
///
/// The file is a safetensors file, `step_000000123.safetensors`. Its metadata holds the state and a checksum over the
/// state and all tensors, so that damage of any kind is noticed when it is read.
public struct ResumePoint {
  /// Which step the run had reached.
  public let step: Int
  /// What was written, with the step under `step`.
  public let state: JSONObject
  /// The file that it was read from.
  public let path: String
  private let file: SafetensorsFile

  /// Version of the layout, so that later ones can tell.
  private static let format = "carbonclip-resume-1"

  /// Writes a point, then removes the oldest beyond `keeping` and those of later steps.
  ///
  /// Numbers in the state must be finite: JSON has no others, and they would read back as null.
  /// - Returns: the file
  /// - Throws: ``InputError`` when it cannot be written; the points before it are then all there.
  @discardableResult
  public static func write(
    step: Int, _ tensors: [(name: String, tensor: Tensor)], state: JSONObject, to folder: String, keeping: Int
  ) throws -> String {
    let digits = String(step)
    let path = "\(folder)/step_\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits).safetensors"
    // Under the checksum with the rest of the state; the metadata's own is for people.
    var state = state
    state["step"] = .integer(step)
    let text = JSONValue.object(state).text()
    try SafetensorsWriter.write(
      tensors.map { OutgoingTensor($0.name, $0.tensor) }, to: path,
      metadata: [
        "format": format, "step": digits, "state": text,
        "checksum": checksum(text, tensors),
      ])
    // The new point is in place. Later ones belong to a continuation that the run has left: they must not be taken up.
    let points = files(in: folder)
    let later = points.drop { (number(of: $0) ?? 0) <= step }
    for name in points.dropLast(later.count).dropLast(max(1, keeping)) + later { unlink("\(folder)/\(name)") }
    return path
  }

  /// Reads a point and holds it against its checksum.
  /// - Throws: ``InputError`` when it is damaged.
  public init(path: String) throws {
    self.path = path
    file = try SafetensorsFile(path: path)
    guard file.metadata["format"] == Self.format, let text = file.metadata["state"],
      let step = file.metadata["step"].flatMap({ Int($0) }), step >= 0
    else { throw InputError("is no resume point of this program", file: path) }
    self.step = step
    let damaged = InputError("is damaged: its checksum does not match", file: path)
    guard let state = try? JSONParser.parse(text).objectValue, state["step"]?.intValue == step else { throw damaged }
    self.state = state
    var tensors: [(String, Tensor)] = []
    for name in file.names { tensors.append((name, try file.tensor(name))) }
    guard Self.checksum(text, tensors) == file.metadata["checksum"] else { throw damaged }
  }

  /// A tensor, mapped.
  /// - Throws: ``InputError`` when there is none of that name and shape.
  public func tensor(_ name: String, _ shape: Shape) throws -> Tensor {
    guard file.contains(name) else {
      throw InputError("lacks \(name.quoted())", file: path, advice: "it is of another model or other losses")
    }
    let tensor = try file.tensor(name)
    guard tensor.shape == shape else {
      throw InputError("expected \(shape), found \(tensor.shape)", file: path, at: name)
    }
    return tensor
  }

  /// Whether there are tensors whose names begin so.
  func hasTensor(beginning prefix: String) -> Bool { file.names.contains { $0.hasPrefix(prefix) } }

  /// The points in a folder, oldest first; none when the folder is missing or cannot be read.
  public static func files(in folder: String) -> [String] { points(among: (try? Folder.names(in: folder)) ?? []) }

  private static func points(among names: [String]) -> [String] {
    names.compactMap { name in number(of: name).map { (name, $0) } }.sorted { $0.1 < $1.1 }.map(\.0)
  }

  /// The step in a file's name, or nil where it is no point's.
  private static func number(of name: String) -> Int? {
    guard name.hasPrefix("step_"), name.hasSuffix(".safetensors") else { return nil }
    let digits = name.dropFirst("step_".count).dropLast(".safetensors".count)
    return digits.utf8.allSatisfy { (48...57).contains($0) } ? Int(digits) : nil
  }

  /// The newest point that is whole; nil when there is none of any kind.
  ///
  /// - Parameter passing: told of each damaged one that is passed over, and why
  /// - Throws: ``InputError`` when there are points and none is whole, or the folder cannot be read: a run must not start
  ///   again over points that are merely out of reach.
  public static func latest(in folder: String, passing: (InputError) -> Void) throws -> ResumePoint? {
    guard Folder.exists(folder) else { return nil }
    let names = points(among: try Folder.names(in: folder))
    for name in names.reversed() {
      do { return try ResumePoint(path: "\(folder)/\(name)") } catch let error as InputError { passing(error) }
    }
    if names.isEmpty { return nil }
    throw InputError(
      "none of the \(names.count) resume points is whole", file: folder, advice: "start again without resuming")
  }

  /// A hash over the state and, in the order of their names, the tensors' names, shapes and bytes.
  private static func checksum(_ state: String, _ tensors: [(name: String, tensor: Tensor)]) -> String {
    var text = "\(MurmurHash.hash(state))"
    for (name, tensor) in tensors.sorted(by: { $0.name < $1.name }) {
      let hash = tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) }
      text += "\n\(name) \(tensor.shape) \(hash)"
    }
    return String(MurmurHash.hash(text), radix: 16)
  }
}
