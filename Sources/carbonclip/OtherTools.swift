/// What other tools can load.
enum OtherTools {
  /// For a shape that open_clip's own keys cannot express.
  static let note =
    "neither open_clip nor transformers loads this shape (heads that do not fill the width, or layers that differ); "
    + "carbonclip does, and export --format onnx takes it elsewhere"
}
