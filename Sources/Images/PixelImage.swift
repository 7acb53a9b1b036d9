/// An 8-bit RGB picture in memory: row by row, three bytes a pixel.
public struct PixelImage: Equatable, Sendable {
  /// The height in pixels.
  public let rows: Int
  /// The width in pixels.
  public let columns: Int
  /// `[rows, columns, 3]`: red, green, blue.
  public var pixels: [UInt8]

  /// A picture of its bytes.
  /// - Parameter pixels: `[rows, columns, 3]`, exactly as many
  public init(rows: Int, columns: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == rows * columns * 3, "\(pixels.count) bytes do not fill \(rows) x \(columns) RGB pixels")
    self.rows = rows
    self.columns = columns
    self.pixels = pixels
  }
}
