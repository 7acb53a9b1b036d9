// Operators that move numbers.
extension NodeRun {
  func shape() throws -> GraphNumbers {
    let wanted = x.shape[try whole("start", default: 0)..<(try whole("end"))].map(Double.init)
    return try GraphNumbers(wanted, [wanted.count])
  }

  func reshape() throws -> GraphNumbers {
    var shape = integers(1)
    for axis in shape.indices where shape[axis] == 0 { shape[axis] = x.shape[axis] }
    if let open = shape.firstIndex(of: -1) {
      let known = shape.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
      guard known > 0, x.numbers.count % known == 0 else { throw fault("\(node.outputs): \(x.shape) as \(shape)") }
      shape[open] = x.numbers.count / known
    }
    return try GraphNumbers(x.numbers, shape)
  }

  func unsqueeze() throws -> GraphNumbers {
    var shape = x.shape
    for axis in integers(1).sorted() { shape.insert(1, at: axis) }
    return try GraphNumbers(x.numbers, shape)
  }

  func expand() throws -> GraphNumbers {
    let shape = try broadcast(x.shape, integers(1))
    return try GraphNumbers(x.spread(to: shape), shape)
  }

  func transpose() throws -> GraphNumbers {
    let order = node.lists["perm"] ?? []
    guard order.sorted() == Array(x.shape.indices) else { throw fault("\(node.outputs): \(order) of \(x.shape)") }
    var steps = [Int](repeating: 1, count: order.count)
    for axis in x.shape.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * x.shape[axis + 1] }
    let places = GraphNumbers.places(order.map { x.shape[$0] }, order.map { steps[$0] })
    return try GraphNumbers(places.map { x.numbers[$0] }, order.map { x.shape[$0] })
  }

  func concat() throws -> GraphNumbers {
    let axis = try whole("axis"), outer = x.shape[..<axis].reduce(1, *)
    var numbers: [Double] = []
    for block in 0..<outer {
      for part in operands {
        let run = part.numbers.count / outer
        numbers += part.numbers[block * run..<(block + 1) * run]
      }
    }
    var shape = x.shape
    shape[axis] = operands.reduce(0) { $0 + $1.shape[axis] }
    return try GraphNumbers(numbers, shape)
  }

  /// Equal parts of an axis.
  func split() throws -> [GraphNumbers] {
    let axis = place(try whole("axis"), of: x.shape.count), parts = node.outputs.count
    guard x.shape[axis] % parts == 0 else { throw fault("\(x.shape) in \(parts) parts") }
    let extent = x.shape[axis] / parts
    return try (0..<parts).map { try range(axis, $0 * extent..<($0 + 1) * extent) }
  }

  func slice() throws -> GraphNumbers {
    let starts = integers(1), ends = integers(2)
    return try integers(3).enumerated().reduce(x) { part, axis in
      try NodeRun(node: node, operands: [part]).range(axis.element, starts[axis.offset]..<ends[axis.offset])
    }
  }

  private func range(_ axis: Int, _ range: Range<Int>) throws -> GraphNumbers {
    try taken(axis, Array(range), [range.count])
  }

  func gather() throws -> GraphNumbers { try taken(try whole("axis"), integers(1), operands[1].shape) }

  /// Some places of an axis, which become axes of the given extents.
  private func taken(_ axis: Int, _ indices: [Int], _ extents: [Int]) throws -> GraphNumbers {
    let inner = x.shape[(axis + 1)...].reduce(1, *), outer = x.shape[..<axis].reduce(1, *)
    var numbers: [Double] = []
    for block in 0..<outer {
      for index in indices {
        guard (0..<x.shape[axis]).contains(index) else { throw fault("\(node.outputs): no place \(index)") }
        let start = (block * x.shape[axis] + index) * inner
        numbers += x.numbers[start..<start + inner]
      }
    }
    return try GraphNumbers(numbers, Array(x.shape[..<axis]) + extents + x.shape[(axis + 1)...])
  }

  /// One index a row, below one axis of batches.
  func gatherND() throws -> GraphNumbers {
    let indices = operands[1]
    guard node.wholes["batch_dims"] == 1, indices.shape.last == 1, indices.shape[0] == x.shape[0] else {
      throw fault("\(node.outputs): \(indices.shape) into \(x.shape)")
    }
    let inner = x.shape[2...].reduce(1, *), each = indices.numbers.count / x.shape[0]
    var numbers: [Double] = []
    for (position, index) in indices.numbers.enumerated() {
      let start = (position / each * x.shape[1] + Int(index)) * inner
      numbers += x.numbers[start..<start + inner]
    }
    return try GraphNumbers(numbers, Array(indices.shape.dropLast()) + x.shape[2...])
  }
}
