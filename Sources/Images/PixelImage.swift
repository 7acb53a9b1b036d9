/// An 8-bit RGB picture in memory: row by row, three bytes a pixel.
public struct PixelImage: Equatable, Sendable {
  public let rows: Int
  public let columns: Int
  /// `[rows, columns, 3]`: red, green, blue.
  public var pixels: [UInt8]

  public init(rows: Int, columns: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == rows * columns * 3, "\(pixels.count) bytes do not fill \(rows) x \(columns) RGB pixels")
    self.rows = rows
    self.columns = columns
    self.pixels = pixels
  }
}
