public import CLIPModelShapes

/// What an accelerator is asked to compute once: a model with its inputs.
public protocol Workload: Sendable {
  /// What one inference is, such as `one image and one text`.
  var inference: String { get }
  /// Parameters; each is one byte on the accelerator.
  var parameterCount: Int { get }
  /// What is truly computed.
  var operations: OperationList { get }
}

extension CLIPConfiguration: Workload {
  public var inference: String { "one image and one text" }
  public var operations: OperationList { OperationList(of: self) }
}
