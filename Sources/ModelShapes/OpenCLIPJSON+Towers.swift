import CLIPFiles

/// Keys that mean the same in both towers.
extension KeyReader {
  func refuseCustomBlocks() throws {
    try refuse(OpenCLIPKeys.customBlocks.filter { $0 != "block_type" }) { key in
      "open_clip's custom attention blocks (\(key)) are not supported"
    }
    if let type = try string("block_type"), type != "default" {
      throw InputError("the block type \(type.quoted()) is not supported", at: location("block_type"))
    }
  }

  /// `act_kwargs`, the arguments of PyTorch's GELU: whether a hyperbolic tangent approximates it.
  private func approximatesByTangent() throws -> Bool {
    guard value("act_kwargs") != nil else { return false }
    let options = try section("act_kwargs")
    try options.refuseUnknown(besides: ["approximate"])
    switch try options.string("approximate") ?? "none" {
    case "none": return false
    case "tanh": return true
    default: throw options.fault("approximate", "\"none\" or \"tanh\"")
    }
  }

  /// Keys that change nothing here, but must not hold nonsense.
  func checkHarmlessKeys() throws {
    _ = try flag("output_tokens")
    _ = try flag("grad_checkpointing")
  }

  private func layerScale() throws -> Float? {
    value("ls_init_value") == nil ? nil : Float(try number("ls_init_value", -1e6...1e6))
  }

  func towerShape(heads: (heads: [Int], headWidth: Int), width: Int) throws -> TowerShape {
    var shape = TowerShape(
      width: width, headWidth: heads.headWidth, headsPerLayer: heads.heads,
      mlpWidth: try mlpWidths(width: width, layers: heads.heads.count))
    shape.layerScaleInit = try layerScale()
    shape.layerNormEpsilon = try layerNormEpsilon()
    shape.isGated = try flag("swiglu")
    shape.hasInnerNorms = try flag("inner_norms")
    shape.usesTanhGELU = try approximatesByTangent()
    // Before keys could say so, those that are turned had none.
    shape.inputBias = try choice("input_bias", default: value("rotary_reference") == nil ? .all : .withoutKeys)
    return shape
  }

  private func layerNormEpsilon() throws -> Float {
    guard value("norm_kwargs") != nil else { return 1e-5 }
    let options = try section("norm_kwargs")
    try options.refuseUnknown(besides: ["eps"])
    return Float(try options.number("eps", 0...1, default: 1e-5))
  }

  /// open_clip gives a ratio and cuts the product to a whole number; `mlp_width` is ours.
  private func mlpWidths(width: Int, layers: Int) throws -> [Int] {
    if let given = try perLayer("mlp_width", layers: layers, ShapeLimits.ownMLPWidth) { return given }
    let ratio = try number("mlp_ratio", 0...1024, default: 4)
    let hidden = Int(Double(width) * ratio)
    guard ShapeLimits.mlpWidth.contains(hidden) else {
      throw InputError("gives a feed-forward width of \(hidden)", at: location("mlp_ratio"))
    }
    return Array(repeating: hidden, count: layers)
  }

  func visionHeads(width: Int, layers: Int) throws -> (heads: [Int], headWidth: Int) {
    if let heads = try perLayer("heads", layers: layers, ShapeLimits.heads) {
      return try heads.isEmpty ? ([], 1) : explicitHeads(heads, width: width)
    }
    let headWidth = try whole("head_width", ShapeLimits.width, default: 64)
    let heads = width / headWidth
    // PyTorch's attention shares the whole width among its heads, so a head may be wider than the key says.
    guard ShapeLimits.heads.contains(heads), width % heads == 0 else {
      throw InputError(
        "heads of \(headWidth) channels do not fit a width of \(width)", at: location("head_width"))
    }
    return (Array(repeating: heads, count: layers), width / heads)
  }

  func textHeads(width: Int, layers: Int) throws -> (heads: [Int], headWidth: Int) {
    let heads = try perLayer("heads", layers: layers, ShapeLimits.heads) ?? Array(repeating: 8, count: layers)
    return try explicitHeads(heads, width: width)
  }

  private func explicitHeads(_ heads: [Int], width: Int) throws -> (heads: [Int], headWidth: Int) {
    let most = heads.max() ?? 1
    let headWidth: Int
    if value("head_width") != nil {
      headWidth = try whole("head_width", ShapeLimits.width)
    } else {
      guard heads.allSatisfy({ $0 == most }), width % most == 0 else {
        throw InputError(
          "heads do not share a width of \(width) evenly", at: location("heads"),
          advice: "give head_width as well")
      }
      headWidth = width / most
    }
    guard ShapeLimits.attention.contains(most * headWidth) else {
      throw InputError(
        "\(most) heads of \(headWidth) channels are more than \(ShapeLimits.attention.upperBound)",
        at: location("heads"))
    }
    return (heads, headWidth)
  }
}
