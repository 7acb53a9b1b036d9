internal import CLIPFiles
import CLIPModelShapes
import CLIPUnits

/// One recorded row computed again, by column.
struct GoldenRow {
  /// The figures that we compute, by the recorded column's name.
  let figures: [String: Double]

  /// - Throws: `InputError` naming line and column.
  init(_ row: FigureTable.Row, _ layout: GoldenLayout, _ model: ReferenceCostModel) throws {
    do {
      switch layout {
      case .gemm, .convolution: figures = try Self.product(row, layout, model)
      case .vector: figures = try Self.vector(row, model)
      case .area: figures = try Self.area(row, model)
      case .estimator: figures = try Self.whole(row, model)
      }
    } catch var error as InputError {
      // A figure that is missing is a matter of its own file, yet of this line too.
      if error.location == nil, error.file == nil { error.location = "line \(row.line)" }
      throw error
    }
  }

  private static func design(
    _ row: FigureTable.Row, _ layout: GoldenLayout, width: String = "width"
  ) throws -> AcceleratorDesign {
    func knob(_ column: String) throws -> Int { try row.integer(column, in: 1...1_048_576) }
    return try AcceleratorDesign(
      clusters: knob("clusters"), width: knob(width), depth: row["depth"].isEmpty ? 1 : knob("depth"),
      l2Kilobytes: knob("l2_kb"),
      // Areas and vector operations do not depend on it, and their files do not tell it.
      l2BytesPerCycle: layout.inputs.contains("l2_bw_words_per_cycle") ? knob("l2_bw_words_per_cycle") : 64,
      bufferMegabytes: knob("glb_mb")
    ).checked()
  }

  private static func product(
    _ row: FigureTable.Row, _ layout: GoldenLayout, _ model: ReferenceCostModel
  ) throws -> [String: Double] {
    let design = try design(row, layout)
    func length(_ column: String) throws -> Int { try row.integer(column, in: 1...1_048_576) }
    let extents =
      layout == .gemm
      ? Extents(
        MatrixProduct(
          batches: try length("B"), rows: try length("N"), outputs: try length("M"), reduced: try length("C")))
      : Extents(
        PatchConvolution(
          outputs: try length("hidden"), patch: try length("patch"), side: try length("out_side")))
    let result = try model.mapping(of: extents, on: design)
    let lanes = result.map { $0.mapping.lanes.product() * $0.mapping.clusters.product() }
    return [
      "l2_kb_effective": Double(ReferenceCostModel.tensorL2(design)),
      "core_x": Double(design.mesh.columns), "core_y": Double(design.mesh.rows),
      "macs": Double(extents.product()), "active_pes": lanes.map(Double.init) ?? 0,
      "cycles": result?.cycles ?? .infinity, "energy_pj": result?.energy ?? .infinity,
    ]
  }

  private static func area(_ row: FigureTable.Row, _ model: ReferenceCostModel) throws -> [String: Double] {
    let design = try design(row, .area)
    let area = try model.area(of: design)
    let columns = [
      "tensor_mac": "tc_mac_um2", "tensor_register": "tc_reg_um2", "tensor_l2": "tc_l2_um2", "vector_mac": "vc_mac_um2",
      "vector_register": "vc_reg_um2", "vector_l2": "vc_l2_um2", "buffer": "glb_um2",
    ]
    var figures: [String: Double] = [
      "l2_kb_effective": Double(ReferenceCostModel.tensorL2(design)),
      "area_by_rule_um2": area.total.value * 1e6,
      "area_used_um2": try model.tabulatedArea(of: design).total.value * 1e6,
      "table_is_stale": ReferenceCostModel.isTabulatedAreaStale(design) ? 1 : 0,
    ]
    for component in area.components {
      if let column = columns[component.name] { figures[column] = component.area.value * 1e6 }
    }
    return figures
  }

  private static func whole(_ row: FigureTable.Row, _ model: ReferenceCostModel) throws -> [String: Double] {
    let design = try design(row, .estimator)
    let assessment = try ReferenceAssessment(of: configuration(row), on: design, model)
    let estimate = assessment.estimate
    var figures: [String: Double] = [
      "tops": design.peakTOPS, "latency_s": estimate.latency.value, "energy_j": estimate.energy.value,
      "area_um2": assessment.area.value * 1e6,
      "operational_kgco2_per_inference": assessment.operationalPerInference.value,
      "lifetime_energy_kwh": assessment.lifetimeEnergy.value, "embodied_chip_kgco2": assessment.embodiedChip.value,
      "embodied_dram_kgco2": assessment.embodiedDRAM.value, "embodied_kgco2": assessment.embodied.value,
      "total_kgco2": assessment.total.value, "latency_ok": assessment.isFastEnough ? 1 : 0,
      "area_ok": assessment.isSmallEnough ? 1 : 0, "tops_ok": assessment.isWithinPeak ? 1 : 0,
      "area_table_is_stale": ReferenceCostModel.isTabulatedAreaStale(design) ? 1 : 0,
    ]
    for part in Operation.Part.allCases {
      let share = estimate.share(of: part)
      let name = part == .feedForward ? "ffn" : part.rawValue
      figures["lat_\(name)_s"] = share.latency.value
      figures["en_\(name)_j"] = share.energy.value
    }
    return figures
  }

  /// The model of a row; `searched` has heads of 64 channels, whatever the width.
  private static func configuration(_ row: FigureTable.Row) throws -> CLIPConfiguration {
    func size(_ column: String, _ most: Int) throws -> Int { try row.integer(column, in: 1...most) }
    let isSearched = row["model"] == "searched"
    func headWidth(_ tower: String) throws -> Int {
      let width = try size("\(tower)_hidden", 65536), heads = try size("\(tower)_heads", 4096)
      if isSearched { return 64 }
      guard width % heads == 0 else {
        throw InputError("\(heads) heads do not share a width of \(width) evenly", at: row.place("\(tower)_heads"))
      }
      return width / heads
    }
    let textLayers = try size("t_layers", 512), imageLayers = try size("v_layers", 512)
    return CLIPConfiguration(
      embedDimension: try size("proj", 65536), usesQuickGELU: true,
      vision: VisionConfiguration(
        imageSize: 224, patchSize: try size("patch", 224), width: try size("v_hidden", 65536), layers: imageLayers,
        heads: try size("v_heads", 4096), headWidth: try headWidth("v"), mlpWidth: try size("v_ffn", 524_288)),
      text: TextConfiguration(
        contextLength: 77, vocabularySize: 49408, width: try size("t_hidden", 65536), headWidth: try headWidth("t"),
        headsPerLayer: Array(repeating: try size("t_heads", 4096), count: textLayers),
        mlpWidth: Array(repeating: try size("t_ffn", 524_288), count: textLayers)))
  }
}
