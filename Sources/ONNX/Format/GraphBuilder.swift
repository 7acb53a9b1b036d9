import CLIPTensors

/// A graph as it grows: nodes in the order in which they run, and the constants that they read.
package struct GraphBuilder {
  package private(set) var nodes: [GraphNode] = []
  package private(set) var tensors: [GraphTensor] = []
  private var names: Set<String> = []

  package init() {}

  /// Adds a node whose output bears the given name.
  package mutating func add(
    _ kind: GraphOperator, _ inputs: [GraphValue], _ attributes: [GraphAttribute] = [], named name: String
  ) -> GraphValue {
    let output = value(name)
    nodes.append(GraphNode(kind: kind, inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }

  /// Cuts the last axis into equal parts.
  mutating func split(_ x: GraphValue, named names: [String]) -> [GraphValue] {
    let outputs = names.map { value($0) }
    nodes.append(GraphNode(kind: .split, inputs: [x], outputs: outputs, attributes: [.whole("axis", -1)]))
    return outputs
  }

  /// A new value.
  private mutating func value(_ name: String) -> GraphValue {
    precondition(names.insert(name).inserted, "a second value named \(name)")
    return GraphValue(name: name)
  }

  /// Adds a constant.
  package mutating func constant(_ tensor: GraphTensor) -> GraphValue {
    tensors.append(tensor)
    return value(tensor.name)
  }

  /// A parameter as it lies in the checkpoint.
  mutating func parameter(_ name: String, _ tensor: Tensor) -> GraphValue { constant(GraphTensor(name, tensor)) }

  /// One number, shared by all that ask for it.
  mutating func number(_ value: Float) -> GraphValue {
    shared(GraphTensor("float.\(value)", floats: [value], []))
  }

  /// Whole numbers, shared by all that ask for them.
  /// - Parameter isList: false for a single number without axes
  mutating func integers(_ values: [Int], isList: Bool = true) -> GraphValue {
    let text = values.map(String.init).joined(separator: ".")
    return shared(GraphTensor("\(isList ? "list" : "int").\(text)", integers: values, isList ? [values.count] : []))
  }

  /// A constant that may have been added before.
  mutating func shared(_ tensor: GraphTensor) -> GraphValue {
    names.contains(tensor.name) ? GraphValue(name: tensor.name) : constant(tensor)
  }

  /// The same numbers under another shape; -1 stands for what is left.
  mutating func reshape(_ x: GraphValue, _ shape: [Int], named name: String) -> GraphValue {
    add(.reshape, [x, integers(shape)], named: name)
  }

  /// Axes in another order.
  mutating func transpose(_ x: GraphValue, _ order: [Int], named name: String) -> GraphValue {
    add(.transpose, [x], [.list("perm", order)], named: name)
  }
}
