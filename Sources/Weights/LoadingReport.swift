import CLIPFiles
public import CLIPTensors

/// How a checkpoint's tensors compare with a model's parameters.
public struct LoadingReport: Equatable, Sendable, CustomStringConvertible {
  /// A tensor of the right name and another shape.
  public struct Mismatch: Equatable, Sendable, CustomStringConvertible {
    /// The parameter, in open_clip's names.
    public let name: String
    /// The model's shape.
    public let expected: Shape
    /// The checkpoint's shape.
    public let found: Shape

    /// The name and both shapes.
    public var description: String { "\(name): expected \(expected), found \(found)" }
  }

  /// The checkpoint, as the user named it.
  public var path: String?
  /// Parameters that the checkpoint does not hold.
  public var missing: [String] = []
  /// Tensors that the model does not have.
  public var unexpected: [String] = []
  /// Tensors of the right name and another shape.
  public var misshaped: [Mismatch] = []

  /// Whether the checkpoint fits the model exactly.
  public var isExact: Bool { missing.isEmpty && unexpected.isEmpty && misshaped.isEmpty }

  /// Everything that does not fit, in one line.
  public var description: String {
    if isExact { return "all parameters found" }
    var parts: [String] = []
    if !misshaped.isEmpty {
      parts.append("\(misshaped.count) of another shape (\(Self.some(misshaped.map(\.description))))")
    }
    if !missing.isEmpty { parts.append("\(missing.count) missing (\(Self.some(missing)))") }
    if !unexpected.isEmpty { parts.append("\(unexpected.count) unexpected (\(Self.some(unexpected)))") }
    return parts.joined(separator: ", ")
  }

  /// Throws unless the checkpoint fits the model exactly.
  /// - Throws: ``InputError`` that names what does not fit, with both shapes.
  public func requireExact() throws {
    if isExact { return }
    if misshaped.count == 1, missing.isEmpty, unexpected.isEmpty, let only = misshaped.first {
      throw InputError(
        "expected \(only.expected), found \(only.found)", file: path, at: only.name,
        advice: "see docs/checkpoints.md")
    }
    throw InputError(
      "does not fit the model: \(description)", file: path,
      advice: "check that the configuration belongs to the weights")
  }

  private static func some(_ items: [String]) -> String {
    items.prefix(3).joined(separator: ", ") + (items.count > 3 ? ", ..." : "")
  }
}
