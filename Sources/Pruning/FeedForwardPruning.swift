/// How hidden units are cut out of a block's feed-forward layer: rows of the first matrix, columns of the second.
enum FeedForwardPruning {
  /// The part of a parameter of a feed-forward layer; nil for what is none.
  static func slice(_ name: String, of parameter: String, units: [Int], channels: [Int]) -> Slice? {
    switch parameter {
    case "mlp.c_fc.weight", "mlp.c_gate.weight": Slice(name, rows: units, columns: channels)
    case "mlp.c_fc.bias", "mlp.c_gate.bias", "mlp.ln_inner.weight", "mlp.ln_inner.bias": Slice(name, rows: units)
    case "mlp.c_proj.weight": Slice(name, rows: channels, columns: units)
    case "mlp.c_proj.bias": Slice(name, rows: channels)
    default: nil
    }
  }
}
