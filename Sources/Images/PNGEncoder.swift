internal import CCLIPImageCodecs
internal import CLIPFiles

/// Writes pictures as PNG, without loss.
public enum PNGEncoder {
  /// The picture as a PNG file's bytes, 8-bit RGB, not interlaced.
  /// - Throws: ``InputError`` when the picture has no pixels, more than a million rows or columns, or memory runs out.
  public static func encode(_ image: PixelImage) throws -> [UInt8] {
    guard image.rows > 0, image.columns > 0, let rows = UInt32(exactly: image.rows),
      let columns = UInt32(exactly: image.columns)
    else { throw InputError("cannot write \(image.columns) x \(image.rows) pixels as PNG") }
    return try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IC_MESSAGE_SIZE)) { message in
      message.initialize(repeating: 0)
      var encoded: UnsafeMutablePointer<UInt8>?
      var count = 0
      let status = image.pixels.withUnsafeBufferPointer {
        ic_png_encode($0.baseAddress, rows, columns, &encoded, &count, message.baseAddress)
      }
      guard status == IC_OK, let encoded else {
        let text = message.baseAddress.map { String(cString: $0) } ?? ""
        throw InputError("cannot write \(columns) x \(rows) pixels as PNG: \(text)")
      }
      defer { ic_release(encoded) }
      return Array(UnsafeBufferPointer(start: encoded, count: count))
    }
  }
}
