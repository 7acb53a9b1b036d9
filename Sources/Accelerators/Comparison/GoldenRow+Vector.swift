internal import CLIPFiles
import CLIPUnits

/// Operations as the reference's trace names them.
extension GoldenRow {
  private static let kinds: [String: VectorWork.Kind] = [
    "Add": .add, "Sub": .subtract, "Mul": .multiply, "Div": .divide, "NativeLayerNorm": .layerNorm, "Softmax": .softmax,
    "Sigmoid": .sigmoid, "NativeDropout": .dropout, "MaskedFill": .fill, "Relu": .relu, "Gelu": .gelu, "Pow": .power,
    "Sqrt": .squareRoot, "Pow+Sum+Pow": .euclideanNorm,
  ]

  static func vector(_ row: FigureTable.Row, _ model: ReferenceCostModel) throws -> [String: Double] {
    let knobs = try AcceleratorDesign(
      clusters: row.integer("clusters", in: 1...1024), width: row.integer("vc_width", in: 1...4096), depth: 1,
      l2Kilobytes: row.integer("l2_kb", in: 1...65536), l2BytesPerCycle: 64,
      bufferMegabytes: row.integer("glb_mb", in: 1...1024)
    ).checked()
    let name = try row.text("op")
    guard let kind = kinds[name] else {
      throw InputError(
        "unknown operation \(name.quoted())", at: row.place("op"),
        advice: Suggestion.advice(for: name, among: kinds.keys.sorted()))
    }
    let shape = try shape(Substring(row.text("out_shape")), row.place("out_shape"))
    // A scalar among the operands is a constant to the reference.
    let operands = try row["operand_shapes"].split(separator: ";").map {
      try self.shape($0, row.place("operand_shapes"))
    }.filter { !$0.isEmpty }
    let sizes = operands.map { $0.reduce(1, *) }
    let elements = shape.reduce(1, *)
    let operation = Operation.vector(
      name, .both, .output, kind, elements, rowLength: shape.last ?? 1,
      smallerOperand: sizes.count > 1 ? sizes.min() : nil)
    let cost = try model.cost(of: operation, on: knobs)
    return [
      "lanes": Double(knobs.vectorLanes), "elements": Double(elements), "cycles": cost.cycles,
      "energy_pj": cost.energy.value * 1e12,
    ]
  }

  /// `1x77x512`; `-` is a scalar, without axes.
  private static func shape(_ text: Substring, _ place: String) throws -> [Int] {
    if text == "-" { return [] }
    var elements = 1
    return try text.split(separator: "x", omittingEmptySubsequences: false).map { part in
      guard let length = Int(part), (1...1_048_576).contains(length) else {
        throw InputError("expected a shape such as 1x77x512, found \(String(text).quoted())", at: place)
      }
      let (product, overflow) = elements.multipliedReportingOverflow(by: length)
      guard !overflow, product <= 1 << 40 else {
        throw InputError("a tensor of \(String(text).quoted()) is too large", at: place)
      }
      elements = product
      return length
    }
  }
}
