public import CLIPModelShapes

/// What an accelerator is asked to compute once: a model with its inputs.
public protocol Workload: Sendable {
  /// What one inference is, such as `one image and one text`.
  var inference: String { get }
  /// Parameters; each is one byte on the accelerator.
  var parameterCount: Int { get }
  /// What is truly computed.
  var operations: OperationList { get }
  /// The same in integers, where what differs only in its constants is one operation.
  var integerOperations: OperationList { get }
  /// What CATransformers' estimator counts, which is not what is truly computed.
  /// - Throws: `InputError` for a model that it cannot express.
  func referenceOperations() throws -> OperationList
}

extension Workload {
  /// The same as ``operations``: unless a model says otherwise, nothing differs only in its constants.
  public var integerOperations: OperationList { operations }
  /// The same as ``operations``: unless a model says otherwise, the estimator has no count of its own.
  public func referenceOperations() throws -> OperationList { operations }
}

extension CLIPConfiguration: Workload {
  /// Each tower runs once.
  public var inference: String { "one image and one text" }
  /// Of both towers; the quick and the exact GELU are told apart.
  public var operations: OperationList { OperationList(of: self) }

  /// The quick and the exact GELU are one operation: both are a polynomial of the same length.
  public var integerOperations: OperationList {
    var exact = self
    exact.usesQuickGELU = false
    return exact.operations
  }

  /// - Throws: `InputError` for towers whose layers differ.
  public func referenceOperations() throws -> OperationList { OperationList(try ReferenceOperations(of: self).list) }
}
