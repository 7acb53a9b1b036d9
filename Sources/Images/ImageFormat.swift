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
}
