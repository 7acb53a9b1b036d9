internal import CLIPFiles

/// The kinds of picture file that are read, told apart by their first bytes, never by a file's name.
public enum ImageFormat: String, Sendable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"

  /// The format whose signature the bytes start with, or nil.
  public static func recognize(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    func holds(_ expected: [UInt8], at offset: Int = 0) -> Bool {
      bytes.count >= offset + expected.count && bytes[offset..<offset + expected.count].elementsEqual(expected)
    }
    if holds([0xFF, 0xD8, 0xFF]) { return .jpeg }
    if holds([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if holds(Array("RIFF".utf8)), holds(Array("WEBP".utf8), at: 8) { return .webp }
    return nil
  }

  /// What a picture file is that is not read, such as `a GIF image`; nil where that is not known.
  static func foreign(_ bytes: UnsafeRawBufferPointer) -> String? {
    func holds(_ expected: [UInt8], at offset: Int = 0) -> Bool {
      bytes.count >= offset + expected.count && bytes[offset..<offset + expected.count].elementsEqual(expected)
    }
    if holds(Array("ftyp".utf8), at: 4), bytes.count >= 12 {
      switch String(decoding: bytes[8..<12], as: UTF8.self) {
      case "avif", "avis": return "an AVIF image"
      case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1": return "an HEIC or AVIF image"
      default: return "a video"
      }
    }
    let known: [([UInt8], Int, String)] = [
      (Array("GIF8".utf8), 0, "a GIF image"), (Array("BM".utf8), 0, "a BMP image"),
      ([0x49, 0x49, 0x2A, 0], 0, "a TIFF image"), ([0x4D, 0x4D, 0, 0x2A], 0, "a TIFF image"),
      ([0x49, 0x49, 0x2B, 0], 0, "a TIFF image"), ([0x4D, 0x4D, 0, 0x2B], 0, "a TIFF image"),
      ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], 0, "a JPEG 2000 image"),
      ([0xFF, 0x4F, 0xFF, 0x51], 0, "a JPEG 2000 image"),
      ([0xFF, 0x0A], 0, "a JPEG XL image"), ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20], 0, "a JPEG XL image"),
      ([0, 0, 1, 0], 0, "an ICO image"), ([0, 0, 2, 0], 0, "a CUR image"), (Array("8BPS".utf8), 0, "a Photoshop image"),
      (Array("qoif".utf8), 0, "a QOI image"), ([0x76, 0x2F, 0x31, 0x01], 0, "an OpenEXR image"),
      (Array("<svg".utf8), 0, "an SVG image"), ([0x8A, 0x4D, 0x4E, 0x47], 0, "an MNG image"),
    ]
    if let match = known.first(where: { holds($0.0, at: $0.1) }) { return match.2 }
    if bytes.count >= 3, bytes[0] == UInt8(ascii: "P"), (0x31...0x37).contains(bytes[1]),
      [0x20, 0x09, 0x0A, 0x0D, 0x23].contains(bytes[2])
    {
      return "a PPM, PGM or PBM image"
    }
    return FileContent.foreign(bytes)?.description
  }
}
