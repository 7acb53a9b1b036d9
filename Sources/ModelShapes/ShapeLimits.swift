/// The sizes accepted in configurations. They are far above any published model, and low enough that
/// parameters and multiply-adds of the largest shape fit into 64 bits.
enum ShapeLimits {
  static let image = 1...8192
  static let width = 1...65536
  static let layers = 1...512
  static let heads = 1...4096
  static let mlpWidth = 1...524_288
  /// Of a block of ours, which may have no feed-forward layer.
  static let ownMLPWidth = 0...524_288
  static let context = 1...65536
  static let vocabulary = 1...10_000_000
  static let embedding = 1...65536
  /// Patches of an image.
  static let patches = 1...65536
  /// Channels of all heads of a block.
  static let attention = 1...65536
}
