import CImageCodecs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes pictures as PNG.
public enum PNGEncoder {
  /// The picture as a PNG file's bytes, 8-bit RGB.
  public static func encode(_ image: PixelImage) throws -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    defer { free(bytes) }
    try ImageDecoder.calling { ic_png_encode(image.pixels, image.rows, image.columns, &bytes, &count, $0) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
