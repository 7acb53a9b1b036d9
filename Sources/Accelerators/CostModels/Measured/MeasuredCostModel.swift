internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits

/// Prices models by what a real device took for some shapes: ``MeasuredCosts`` as a cost model.
///
/// It knows one design, the device (``AcceleratorDesign/measured(_:)``), which has neither an area nor peak operations.
public struct MeasuredCostModel: CostModel {
  /// What was measured, and what is fitted to it.
  public let costs: MeasuredCosts

  /// Prices by measured costs.
  public init(_ costs: MeasuredCosts) { self.costs = costs }

  public var name: String { "measured" }

  /// The device as a design.
  public var design: AcceleratorDesign { .measured(costs.device) }

  /// The amounts of work that the device's time grows with: an operation each.
  /// - Throws: `InputError` for what is no CLIP model, or a use for which nothing was measured.
  public func operations(of model: any Workload) throws -> OperationList {
    let used: UsedModel
    switch model {
    case let model as UsedModel: used = model
    case let model as CLIPConfiguration: used = try UsedModel(model, in: .pair, inferences: 1)
    default: throw InputError("measured costs are of CLIP models' encoders", file: costs.file)
    }
    let use = used.use
    var list = OperationList(try operations(of: used, .image, use.imagesPerFetch))
    list.images = use.imagesPerFetch
    if use.keepsTexts {
      list.preparation = OperationList.Preparation(
        try costs.fits.contains { $0.encoder == .text } ? operations(of: used, .text, 1) : [],
        share: Double(use.prompts) / used.inferences)
    } else {
      list.operations += try operations(of: used, .text, use.textsPerImage * use.imagesPerFetch)
    }
    return list
  }

  private func operations(of used: UsedModel, _ tower: Operation.Tower, _ count: Int) throws -> [Operation] {
    try costs.lines(of: used.model, tower, used.use, count: count).map { work, amount, runs, latency, energy in
      // What it costs rides along: amounts are not told by the work of a chip.
      var operation = Operation(
        work.rawValue, tower, work.part,
        work.isProduct
          ? .matrixProduct(MatrixProduct(rows: 1, outputs: 1, reduced: Int(amount)))
          : .vector(VectorWork(.fill, Int(amount))), count: runs)
      operation.measured = Operation.Measured(seconds: latency.value, joules: energy.value)
      return operation
    }
  }

  /// What an operation of ``operations(of:)`` takes.
  /// - Throws: `InputError` for any other design or operation.
  public func cost(of operation: Operation, on design: AcceleratorDesign) throws -> OperationCost {
    guard design == self.design, let measured = operation.measured else {
      throw InputError("measured costs are of \(costs.device) alone", file: costs.file)
    }
    return OperationCost(cycles: measured.seconds * design.clock, energy: Joules(measured.joules))
  }

  /// Nothing: a device that was measured has no chip of known area.
  public func area(of design: AcceleratorDesign) throws -> ChipArea { .unknown }
}

extension AcceleratorDesign {
  /// A device that was measured, as the only design there is. Its knobs mean nothing.
  public static func measured(_ device: String) -> AcceleratorDesign {
    var design = AcceleratorDesign(
      clusters: 1, width: 1, depth: 1, l2Kilobytes: 1, l2BytesPerCycle: 1, bufferMegabytes: 1)
    design.device = device
    return design
  }

  /// Whether it is a device that was measured: it has neither area nor peak operations.
  public var isMeasured: Bool { device != nil }
}
