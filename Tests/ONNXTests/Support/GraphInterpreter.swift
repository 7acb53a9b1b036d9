/// Runs a graph as ONNX's `docs/Operators.md` says, in plain loops and double precision: what exported graphs are held
/// against where no runtime is at hand.
struct GraphInterpreter {
  let graph: ReadGraph

  /// All values, by name.
  func run(_ inputs: [String: GraphNumbers]) throws -> [String: GraphNumbers] {
    var values = graph.constants.mapValues(\.value)
    for (name, value) in inputs { values[name] = value }
    for node in graph.nodes {
      let operands = try node.inputs.map { name in
        guard let value = values[name] else { throw fault("\(name) is read before it is made") }
        return value
      }
      let results = try NodeRun(node: node, operands: operands).results()
      for (name, value) in zip(node.outputs, results) { values[name] = value }
    }
    return values
  }
}

func fault(_ text: String) -> ProtobufFields.Fault { ProtobufFields.Fault(description: text) }

/// One node with what it reads.
struct NodeRun {
  let node: ReadGraph.Node
  let operands: [GraphNumbers]

  var x: GraphNumbers { operands[0] }

  func results() throws -> [GraphNumbers] {
    if node.kind == "Split" { return try split() }
    return [try result()]
  }

  private func result() throws -> GraphNumbers {
    switch node.kind {
    case "Add": try elementwise(+)
    case "Sub": try elementwise(-)
    case "Mul": try elementwise(*)
    case "Div": try elementwise(/)
    case "Max": try elementwise(max)
    case "Equal": try elementwise { $0 == $1 ? 1 : 0 }
    case "Erf": try each { errorFunction($0) }
    case "Exp": try each { exponential($0) }
    case "Tanh": try each { hyperbolicTangent($0) }
    case "Sigmoid": try each { 1 / (1 + exponential(-$0)) }
    case "Round": try each { $0.rounded(.toNearestOrEven) }
    case "Cast": x
    case "Shape": try shape()
    case "Reshape": try reshape()
    case "Unsqueeze": try unsqueeze()
    case "Expand": try expand()
    case "Transpose": try transpose()
    case "Concat": try concat()
    case "Slice": try slice()
    case "Gather": try gather()
    case "GatherND": try gatherND()
    case "ArgMax": try reduce { row in Double(row.firstIndex(of: row.max() ?? 0) ?? 0) }
    case "ReduceL2": try reduce { row in row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    case "ReduceMax": try reduce { row in row.max() ?? -.infinity }
    case "ReduceMean": try reduce { row in row.reduce(0, +) / Double(row.count) }
    case "ReduceSum": try reduce { row in row.reduce(0, +) }
    case "Softmax": try softmax()
    case "LayerNormalization": try layerNormalization()
    case "MatMul": try matMul()
    case "Conv": try convolution()
    case "QuantizeLinear": try quantize()
    case "DequantizeLinear": try dequantize()
    default: throw fault("\(node.kind) is not an operator that is written")
    }
  }

  func whole(_ name: String, default standard: Int? = nil) throws -> Int {
    guard let value = node.wholes[name] ?? standard else { throw fault("\(node.kind) has no \(name)") }
    return value
  }

  /// A place on an axis counted from the front.
  func place(_ axis: Int, of rank: Int) -> Int { axis < 0 ? axis + rank : axis }

  func integers(_ operand: Int) -> [Int] { operands[operand].numbers.map { Int($0) } }

  private func each(_ body: (Double) -> Double) throws -> GraphNumbers {
    try GraphNumbers(x.numbers.map(body), x.shape)
  }

  /// Numpy's broadcasting.
  private func elementwise(_ body: (Double, Double) -> Double) throws -> GraphNumbers {
    let shape = try broadcast(operands[0].shape, operands[1].shape)
    let left = operands[0].spread(to: shape), right = operands[1].spread(to: shape)
    return try GraphNumbers(zip(left, right).map(body), shape)
  }

  func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    let rank = max(a.count, b.count)
    let left = Array(repeating: 1, count: rank - a.count) + a, right = Array(repeating: 1, count: rank - b.count) + b
    return try zip(left, right).map { one, other in
      guard one == other || one == 1 || other == 1 else { throw fault("\(node.outputs): \(a) does not fit \(b)") }
      return max(one, other)
    }
  }

  /// Numbers of one axis become one.
  private func reduce(_ body: ([Double]) -> Double) throws -> GraphNumbers {
    let given = try operands.count > 1 ? integers(1)[0] : node.lists["axes"]?[0] ?? whole("axis")
    let axis = place(given, of: x.shape.count), inner = x.shape[(axis + 1)...].reduce(1, *), extent = x.shape[axis]
    let outer = x.shape[..<axis].reduce(1, *)
    var numbers: [Double] = []
    for block in 0..<outer {
      for column in 0..<inner {
        numbers.append(body((0..<extent).map { x.numbers[(block * extent + $0) * inner + column] }))
      }
    }
    var shape = x.shape
    if try whole("keepdims", default: 1) == 1 { shape[axis] = 1 } else { shape.remove(at: axis) }
    return try GraphNumbers(numbers, shape)
  }
}

extension GraphNumbers {
  /// The numbers repeated along axes of length 1.
  func spread(to target: [Int]) -> [Double] {
    if target == shape { return numbers }
    let own = Array(repeating: 1, count: target.count - shape.count) + shape
    var steps = [Int](repeating: 0, count: target.count), step = 1
    for axis in own.indices.reversed() {
      steps[axis] = own[axis] == 1 ? 0 : step
      step *= own[axis]
    }
    return Self.places(target, steps).map { numbers[$0] }
  }

  /// For each index of a shape, in order, the sum of the steps it takes.
  static func places(_ shape: [Int], _ steps: [Int]) -> [Int] {
    zip(shape, steps).reduce([0]) { places, axis in
      places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
  }
}
