internal import CLIPFiles
internal import CLIPModelShapes

/// The layouts of recorded figures, each known by its columns.
public enum GoldenLayout: String, CaseIterable, Sendable {
  /// One matrix product on one design.
  case gemm
  /// One patch convolution on one design.
  case convolution = "conv"
  /// One operation of a vector core.
  case vector
  /// A design's area.
  case area
  /// A whole model on one design.
  case estimator

  /// The columns that are read, and tell the layouts apart.
  var inputs: [String] {
    let array = ["clusters", "width", "depth", "glb_mb", "l2_kb"]
    return switch self {
    case .gemm: ["B", "N", "M", "C", "l2_bw_words_per_cycle"] + array
    case .convolution: ["patch", "out_side", "hidden", "l2_bw_words_per_cycle"] + array
    case .vector: ["op", "out_shape", "operand_shapes", "clusters", "vc_width", "glb_mb", "l2_kb"]
    case .area: ["area_by_rule_um2"] + array
    case .estimator:
      [
        "model", "t_layers", "t_ffn", "t_hidden", "t_heads", "v_layers", "v_ffn", "v_hidden", "v_heads", "patch",
        "proj", "l2_bw_words_per_cycle",
      ] + array
    }
  }

  /// The columns that are computed again.
  var outputs: [String] {
    switch self {
    case .gemm: ["l2_kb_effective", "core_x", "core_y", "macs", "active_pes", "cycles", "energy_pj"]
    case .convolution: ["l2_kb_effective", "core_x", "core_y", "macs", "active_pes", "cycles", "energy_pj"]
    case .vector: ["lanes", "elements", "cycles", "energy_pj"]
    case .area:
      [
        "l2_kb_effective", "tc_mac_um2", "tc_reg_um2", "tc_l2_um2", "vc_mac_um2", "vc_reg_um2", "vc_l2_um2", "glb_um2",
        "area_by_rule_um2", "area_used_um2", "table_is_stale",
      ]
    case .estimator:
      [
        "tops", "latency_s", "energy_j", "area_um2", "operational_kgco2_per_inference", "lifetime_energy_kwh",
        "embodied_chip_kgco2", "embodied_dram_kgco2", "embodied_kgco2", "total_kgco2", "lat_embeddings_s",
        "lat_attention_s", "lat_ffn_s", "lat_output_s", "en_embeddings_j", "en_attention_j", "en_ffn_j", "en_output_j",
        "latency_ok", "area_ok", "tops_ok", "area_table_is_stale",
      ]
    }
  }

  /// The layout of a file, by its header.
  /// - Throws: `InputError` naming what the nearest layout lacks.
  init(header: [String]) throws {
    for layout in Self.allCases
    where layout.inputs.allSatisfy(header.contains) && layout.outputs.contains(where: header.contains) {
      self = layout
      return
    }
    let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
    let near = Self.allCases.max { a, b in
      a.inputs.count { header.contains($0) } * b.inputs.count < b.inputs.count { header.contains($0) } * a.inputs.count
    }
    let missing = (near?.inputs ?? []).filter { !header.contains($0) }.joined(separator: ", ")
    throw InputError(
      "the columns are of no layout known (\(known))",
      advice: missing.isEmpty ? "add columns to compare" : "the \(near?.rawValue ?? "") layout lacks \(missing)")
  }
}
