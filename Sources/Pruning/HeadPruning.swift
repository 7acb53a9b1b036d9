/// How heads are cut out of a block's attention.
///
/// The packed projection's rows are all queries, then all keys, then all values, head by head; the output projection's
/// columns are the heads' outputs.
enum HeadPruning {
  /// Rows of `in_proj_weight` and `in_proj_bias`.
  static func projectionRows(_ heads: [Int], of count: Int, width: Int) -> [Int] {
    (0..<3).flatMap { part in outputs(heads, width: width).map { part * count * width + $0 } }
  }

  /// Columns of `out_proj.weight`.
  static func outputs(_ heads: [Int], width: Int) -> [Int] {
    heads.flatMap { head in head * width..<(head + 1) * width }
  }

  /// The part of a parameter of a block's attention; nil for what is none.
  static func slice(
    _ name: String, of parameter: String, heads: [Int], count: Int, width: Int, channels: [Int]
  ) -> Slice? {
    switch parameter {
    case "attn.in_proj_weight":
      Slice(name, rows: projectionRows(heads, of: count, width: width), columns: channels)
    case "attn.in_proj_bias": Slice(name, rows: projectionRows(heads, of: count, width: width))
    case "attn.ln_inner.weight", "attn.ln_inner.bias": Slice(name, rows: outputs(heads, width: width))
    case "attn.out_proj.weight": Slice(name, rows: channels, columns: outputs(heads, width: width))
    case "attn.out_proj.bias": Slice(name, rows: channels)
    default: nil
    }
  }
}
