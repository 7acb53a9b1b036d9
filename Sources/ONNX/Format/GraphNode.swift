/// The operators that exported graphs use, by ONNX's names; their meanings are those of operator set 17.
///
/// Source: ONNX's `docs/Operators.md`.
package enum GraphOperator: String, CaseIterable, Sendable {
  case add = "Add"
  case argMax = "ArgMax"
  case cast = "Cast"
  case concat = "Concat"
  case conv = "Conv"
  case dequantizeLinear = "DequantizeLinear"
  case div = "Div"
  case equal = "Equal"
  case erf = "Erf"
  case exp = "Exp"
  case expand = "Expand"
  case gather = "Gather"
  case gatherND = "GatherND"
  case layerNormalization = "LayerNormalization"
  case matMul = "MatMul"
  case max = "Max"
  case mul = "Mul"
  case quantizeLinear = "QuantizeLinear"
  case reduceL2 = "ReduceL2"
  case reduceMax = "ReduceMax"
  case reduceMean = "ReduceMean"
  case reduceSum = "ReduceSum"
  case reshape = "Reshape"
  case round = "Round"
  case shape = "Shape"
  case sigmoid = "Sigmoid"
  case tanh = "Tanh"
  case slice = "Slice"
  case softmax = "Softmax"
  case split = "Split"
  case sub = "Sub"
  case transpose = "Transpose"
  case unsqueeze = "Unsqueeze"
}

/// A value in a graph: an input, an initializer or a node's output.
package struct GraphValue: Equatable, Sendable {
  package let name: String
}

/// A setting of a node that is fixed when the graph is written.
package struct GraphAttribute: Sendable {
  enum Setting: Sendable {
    case whole(Int)
    case float(Float)
    case list([Int])
  }

  let name: String
  let setting: Setting

  static func whole(_ name: String, _ value: Int) -> GraphAttribute { .init(name: name, setting: .whole(value)) }
  static func float(_ name: String, _ value: Float) -> GraphAttribute { .init(name: name, setting: .float(value)) }
  static func list(_ name: String, _ values: [Int]) -> GraphAttribute { .init(name: name, setting: .list(values)) }

  /// An `AttributeProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    switch setting {
    case .float(let value):
      message.add(2, value)
      message.add(20, 1)
    case .whole(let value):
      message.add(3, value)
      message.add(20, 2)
    case .list(let values):
      for value in values { message.add(8, value) }
      message.add(20, 7)
    }
    return message
  }
}

/// One operation, which bears its first output's name.
package struct GraphNode: Sendable {
  let kind: GraphOperator
  let inputs: [GraphValue]
  /// One, but for ``GraphOperator/split``.
  let outputs: [GraphValue]
  let attributes: [GraphAttribute]

  /// A `NodeProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for input in inputs { message.add(1, input.name) }
    for output in outputs { message.add(2, output.name) }
    message.add(3, outputs[0].name)
    message.add(4, kind.rawValue)
    for attribute in attributes { message.add(5, attribute.message) }
    return message
  }
}
