public import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits

/// How an operation is done on a design, and what holds it back.
public struct MappingExplanation: Equatable, Sendable {
  /// What takes longest: the arrays, the vector cores where there is no product, or a memory.
  public enum Bound: String, Sendable {
    case compute, vector
    /// The clusters' own memories.
    case l2 = "L2"
    /// The memory that all clusters share.
    case buffer
    /// The memory beside the chip.
    case memory = "DRAM"
  }

  /// The operation.
  public let operation: Operation
  /// How its product is tiled; nil for work of the vector cores.
  public let nest: TileNest?
  /// Cycles of one run for which each part is busy, by itself.
  public let computeCycles: Double, l2Cycles: Double, bufferCycles: Double, memoryCycles: Double
  /// Bytes of one run: of L2 by all clusters, of the buffer, of DRAM.
  public let l2Bytes: Double, bufferBytes: Double, memoryBytes: Double
  /// Whether activations stay on the chip.
  public let staysOnChip: Bool
  /// Whether weights are on the chip before.
  public let keepsWeights: Bool
  /// Share of the arrays' peak while the run lasts; nil for work of the vector cores.
  public let utilization: Double?
  /// Energy of one run by itself.
  public let energy: EnergyBreakdown

  /// Cycles of one run by itself.
  public var cycles: Double { max(max(computeCycles, l2Cycles), max(bufferCycles, memoryCycles)) }
  /// What decides the time.
  public var bound: Bound {
    if cycles == computeCycles { return nest == nil ? .vector : .compute }
    if cycles == memoryCycles { return .memory }
    return cycles == l2Cycles ? .l2 : .buffer
  }

  /// A few lines for people.
  public var text: String {
    var lines = [
      "\(operation.name) (\(operation.tower.rawValue), \(operation.count) times): bound by \(bound.rawValue)"
    ]
    if let nest {
      lines += [
        "  clusters: \(nest.batchParts) x batches, \(nest.rowParts) x rows, \(nest.outputParts) x outputs",
        "  array: \(nest.rowsAlongDepth ? "rows" : "outputs") along its depth, "
          + "\(nest.rowsAlongDepth ? "outputs" : "rows") along its width",
        "  registers: \(nest.blockRows) x \(nest.blockOutputs) sums a lane",
        "  L2 tile: \(nest.tileRows) rows x \(nest.tileOutputs) outputs x \(nest.tileReduced) summed up",
        "  loops, the outermost first: \(nest.order.map(\.rawValue).joined(separator: ", "))",
      ]
    }
    lines += [
      "  cycles: compute \(whole(computeCycles)), L2 \(whole(l2Cycles)), buffer \(whole(bufferCycles)), "
        + "DRAM \(whole(memoryCycles))",
      "  bytes: L2 \(whole(l2Bytes)), buffer \(whole(bufferBytes)), DRAM \(whole(memoryBytes))"
        + (keepsWeights ? "; weights stay on the chip" : "")
        + (staysOnChip ? "; activations stay on the chip" : "; activations do not fit the buffer"),
    ]
    if let utilization { lines.append("  utilization: \((utilization * 1000).rounded() / 10) %") }
    let parts = EnergyBreakdown.components.filter {
      ![\.weightMemory, \.host, \.start].contains($0.path) || energy[keyPath: $0.path] > .zero
    }.map { "\($0.name) \(energy[keyPath: $0.path])" }
    lines.append("  energy: \(energy.total) (\(parts.joined(separator: ", ")))")
    return lines.joined(separator: "\n")
  }

  /// For `--json`.
  public var json: JSONValue {
    var object: JSONObject = [
      "operation": .string(operation.name), "tower": .string(operation.tower.rawValue),
      "part": .string(operation.part.rawValue), "count": .integer(operation.count), "bound": .string(bound.rawValue),
      "cycles": .number(cycles), "compute_cycles": .number(computeCycles), "l2_cycles": .number(l2Cycles),
      "buffer_cycles": .number(bufferCycles), "dram_cycles": .number(memoryCycles), "l2_bytes": .number(l2Bytes),
      "buffer_bytes": .number(bufferBytes), "dram_bytes": .number(memoryBytes), "stays_on_chip": .bool(staysOnChip),
      "keeps_weights": .bool(keepsWeights),
      "energy": energy.json,
    ]
    if let utilization { object["utilization"] = .number(utilization) }
    if let nest {
      object["mapping"] = [
        "batch_parts": .integer(nest.batchParts), "row_parts": .integer(nest.rowParts),
        "output_parts": .integer(nest.outputParts), "rows_along_depth": .bool(nest.rowsAlongDepth),
        "tile_rows": .integer(nest.tileRows), "tile_outputs": .integer(nest.tileOutputs),
        "tile_reduced": .integer(nest.tileReduced), "order": .array(nest.order.map { .string($0.rawValue) }),
        "block_rows": .integer(nest.blockRows), "block_outputs": .integer(nest.blockOutputs),
      ]
    }
    return .object(object)
  }

  private func whole(_ value: Double) -> String { Int(exactly: value.rounded()).map { "\($0)" } ?? "\(value)" }
}

extension PhysicalCostModel {
  /// How one operation is done by itself, its weights fetched.
  /// - Throws: `InputError` for sizes out of range, or where not even the smallest tile fits.
  public func explain(_ operation: Operation, on design: AcceleratorDesign) throws -> MappingExplanation {
    try explain(operation, on: chip(for: design), .none)
  }

  private func explain(
    _ operation: Operation, on chip: PhysicalChip, _ residency: WeightResidency
  ) throws -> MappingExplanation {
    let design = chip.design
    guard let priced = try price(operation, on: chip, residency) else {
      throw InputError(
        "no tile of \(operation.name.quoted()) fits an L2 of \(design.l2Kilobytes) KB", advice: "take a larger L2")
    }
    let memory = chip.transferCycles(of: priced.plan)
    let seconds = max(priced.cycles, memory) / design.clock
    let cost = priced.cost, vector = priced.vector
    let beside = chip.memories?.rates.background(of: priced.plan, work: seconds, wait: 0).all
    return MappingExplanation(
      operation: operation, nest: priced.nest, computeCycles: cost?.computeCycles ?? vector?.laneCycles ?? 0,
      l2Cycles: cost?.l2Cycles ?? vector?.l2Cycles ?? 0,
      bufferCycles: cost?.bufferCycles ?? vector?.bufferCycles ?? 0, memoryCycles: memory,
      l2Bytes: cost.map { $0.l2Reads + $0.l2Writes } ?? vector?.l2Bytes ?? 0,
      bufferBytes: cost.map { $0.bufferReads + $0.bufferWrites } ?? vector?.bufferBytes ?? 0,
      memoryBytes: priced.plan.bytes,
      staysOnChip: priced.plan.staysOnChip, keepsWeights: residency.keeps,
      utilization: priced.product.map {
        $0.multiplyAdds / (Double(design.lanes) * max(priced.cycles, memory))
      }, energy: priced.energy + background(seconds: seconds, chip) + (beside ?? EnergyBreakdown()))
  }

  /// How the operations of a name are done, by tower; see `carbonclip estimate --explain`.
  /// - Throws: `InputError` with the nearest name where the model has no such operation.
  public func explain(
    _ name: String, of model: any Workload, on design: AcceleratorDesign
  ) throws -> [MappingExplanation] {
    let operations = try operations(of: model), list = operations.operations
    guard settings.modelBytes != nil || design.isPricedByGigabyte else {
      return try serving(bytes: operations.parameterBytes(in: nil)).explain(name, of: model, on: design)
    }
    // "key" finds "query, key, value".
    let found = list.filter { operation in
      ([operation.name] + operation.name.split(separator: ",").map { String($0.drop { $0 == " " }) })
        .contains { $0 == name || "\(operation.tower.rawValue) \($0)" == name }
    }
    guard !found.isEmpty else {
      var names: [String] = []
      for operation in list where !names.contains(operation.name) { names.append(operation.name) }
      throw InputError(
        "the model has no operation \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    let chip = try self.chip(for: design)
    let kept = try estimate(operations, on: design).keptWeights
    guard let residency = residencies(of: operations, in: chip).first(where: { $0.bytes == kept }) else {
      throw InputError("the weights do not fit the buffer of \(design.bufferSize)", advice: "take a larger buffer")
    }
    return try found.map { try explain($0, on: chip, residency) }
  }
}
