import CLIPFiles
public import CLIPLayers
import CLIPModelShapes
public import CLIPTensors

/// A checkpoint's tensors by name, read when they are asked for: views into a mapped file wherever that holds
/// float32.
public struct StateDictionary: ParameterSource, Sendable {
  /// A tensor that is not yet read.
  struct Entry: Sendable {
    let name: String
    let shape: Shape
    /// The format in the file; nil for tensors made in memory.
    var elementType: ElementType?
    let load: @Sendable () throws -> Tensor
  }

  /// The file or folder, as the user named it.
  public let path: String?
  /// The tensors' names in the file's order.
  public let names: [String]
  let entries: [String: Entry]

  init(path: String?, _ list: [Entry]) {
    self.path = path
    names = list.map(\.name)
    entries = Dictionary(list.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Tensors in memory, such as a trained model's. Each name may stand once.
  public init(_ tensors: [(name: String, tensor: Tensor)]) {
    let names = Set(tensors.map(\.name))
    precondition(names.count == tensors.count, "a name stands twice among \(tensors.count) tensors")
    self.init(
      path: nil, tensors.map { pair in Entry(name: pair.name, shape: pair.tensor.shape) { pair.tensor } })
  }

  /// A tensor's shape, or nil where there is none of that name.
  public func shape(of name: String) -> Shape? { entries[name]?.shape }

  /// A tensor's number format in the file, or nil where there is none of that name or it is not in a file.
  public func elementType(of name: String) -> ElementType? { entries[name]?.elementType }

  /// A tensor as 32-bit floats, whatever the file holds.
  /// - Throws: ``InputError`` when there is none of that name.
  public func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else { throw missing(name) }
    return try naming { try entry.load() }
  }

  /// The tensor `name` in the given shape. A single number may be stored as a list of one.
  public func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    guard let entry = entries[name] else { throw missing(name) }
    guard Self.agree(entry.shape, shape) else {
      throw InputError(
        "expected \(shape), found \(entry.shape)", file: path, at: name, advice: "see docs/checkpoints.md")
    }
    try requireFractions(entry)
    return try naming { try entry.load().reshaped(to: shape) }
  }

  /// Throws for a parameter that is stored in whole numbers: they mean nothing without the scales that go with them.
  func requireFractions() throws {
    for name in names { if let entry = entries[name] { try requireFractions(entry) } }
  }

  private func requireFractions(_ entry: Entry) throws {
    guard let type = entry.elementType, type.isInteger else { return }
    throw InputError(
      "is stored in \(type.rawValue), whole numbers", file: path, at: entry.name,
      advice: "dequantize the model first, and save its weights as floats")
  }

  /// What is missing, left over or of another shape, beside a model's parameters.
  public func report(for list: [(name: String, shape: Shape)]) -> LoadingReport {
    var report = LoadingReport(path: path)
    let expected = Set(list.map(\.name))
    for (name, shape) in list {
      guard let entry = entries[name] else {
        report.missing.append(name)
        continue
      }
      if !Self.agree(entry.shape, shape) {
        report.misshaped.append(LoadingReport.Mismatch(name: name, expected: shape, found: entry.shape))
      }
    }
    report.unexpected = names.filter { !expected.contains($0) }
    return report
  }

  /// open_clip's scales are numbers, in some files lists of one.
  private static func agree(_ found: Shape, _ expected: Shape) -> Bool {
    found == expected || (expected.rank == 0 && found == [1])
  }

  private func missing(_ name: String) -> InputError {
    let near = Suggestion.nearest(to: name, among: names)
    return InputError(
      "is missing", file: path, at: name,
      advice: near.map { "did you mean \"\($0)\"?" } ?? "see docs/checkpoints.md")
  }

  private func naming<Result>(_ body: () throws -> Result) throws -> Result {
    guard let path else { return try body() }
    return try namingFile(path, body)
  }
}
