import Compute
import Files
import Images
import Testing

@Suite("ImageDecoder")
struct ImageDecoderTests {
  private static func message(_ bytes: [UInt8], _ options: DecodingOptions = .init()) -> String? {
    do {
      _ = try ImageDecoder.decode(bytes, options)
      return nil
    } catch { return "\(error)" }
  }

  /// A PNG header that promises a size, with nothing behind it.
  private static func header(rows: UInt32, columns: UInt32) -> [UInt8] {
    func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    let chunk = Array("IHDR".utf8) + big(columns) + big(rows) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13) + chunk + big(crc(chunk))
      + big(0) + Array("IDAT".utf8) + big(crc(Array("IDAT".utf8)))
  }

  /// The checksum of PNG chunks; source: PNG specification, annex D.
  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 != 0 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
    return ~value
  }

  @Test("a picture larger than the limit is refused before memory is set aside")
  func bombs() {
    #expect(
      Self.message(Self.header(rows: 60_000, columns: 60_000))
        == "is 60000 x 60000 pixels, more than the 178956970 allowed; raise the limit with --max-image-pixels")
    #expect(
      Self.message(Self.header(rows: 10, columns: 10), DecodingOptions(maximumPixels: 99))
        == "is 10 x 10 pixels, more than the 99 allowed; raise the limit with --max-image-pixels")
  }

  @Test("no bytes, and bytes that are no picture, say so")
  func unknown() {
    #expect(Self.message([]) == "the image is empty (0 bytes)")
    #expect(Self.message(Array("<svg>".utf8)) == "is not a JPEG, PNG or WebP image")
    #expect(Self.message(Array("GIF89a..........".utf8)) == "is not a JPEG, PNG or WebP image")
  }

  @Test("a picture cut short anywhere is an error, never a crash", arguments: ["gray.jpg", "progressive.jpg", "tiny.png"])
  func truncated(file: String) throws {
    let bytes = try RecordedPictures.bytes(file)
    let whole = try ImageDecoder.decode(bytes)
    for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
      let image = try? ImageDecoder.decode(Array(bytes[..<length]))
      // Only what follows the last row may be missing.
      if let image { #expect(image == whole && length > bytes.count * 9 / 10) }
    }
  }

  @Test("pictures with random bytes changed decode or fail, and nothing else", arguments: RecordedPictures.files)
  func fuzz(file: String) throws {
    let bytes = try RecordedPictures.bytes(file)
    guard bytes.count < 60_000 else { return }
    for round in 0..<60 {
      var random = Philox(seed: UInt64(round), purpose: .test), damaged = bytes
      for _ in 0..<1 + random.integer(below: 8) {
        damaged[random.integer(below: damaged.count)] = UInt8(truncatingIfNeeded: random.nextWord())
      }
      do {
        let image = try ImageDecoder.decode(damaged, DecodingOptions(maximumPixels: 4_000_000, appliesOrientation: true))
        #expect(image.pixels.count == image.rows * image.columns * 3)
      } catch { #expect(error is InputError) }
    }
  }

  @Test("what is encoded as PNG is decoded to the same pixels", arguments: [(1, 1), (3, 500), (64, 64)])
  func roundTrip(rows: Int, columns: Int) throws {
    var random = Philox(seed: 1, purpose: .test)
    let image = PixelImage(
      rows: rows, columns: columns,
      pixels: (0..<rows * columns * 3).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) })
    #expect(try ImageDecoder.decode(try PNGEncoder.encode(image)) == image)
  }

  /// Sets the orientation tag of a JPEG by putting an EXIF segment behind its start mark.
  private static func jpeg(_ bytes: [UInt8], orientation: UInt8) -> [UInt8] {
    let tiff: [UInt8] =
      Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    let body = Array("Exif\0\0".utf8) + tiff
    return bytes[..<2] + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + bytes[2...]
  }

  @Test("the EXIF tag turns a picture only when asked to", arguments: 1...8)
  func orientation(tag: Int) throws {
    let bytes = try RecordedPictures.bytes("landscape.jpg")
    let plain = try ImageDecoder.decode(bytes), tagged = Self.jpeg(bytes, orientation: UInt8(tag))
    #expect(try ImageDecoder.decode(tagged) == plain)
    let upright = try ImageDecoder.decode(tagged, DecodingOptions(appliesOrientation: true))
    // Where the stored picture's top left corner is shown, by Exif 2.32, table 6.
    let isTransposed = tag >= 5
    #expect(upright.rows == (isTransposed ? plain.columns : plain.rows))
    let bottom = [3, 4, 7, 8].contains(tag), right = [2, 3, 6, 7].contains(tag)
    let row = bottom ? upright.rows - 1 : 0, column = right ? upright.columns - 1 : 0
    let corner = (row * upright.columns + column) * 3
    #expect(Array(upright.pixels[corner..<corner + 3]) == Array(plain.pixels[0..<3]))
    // And its second pixel to the right of it goes along the row, or down the column.
    let step = isTransposed ? (bottom ? -1 : 1) * upright.columns : (right ? -1 : 1)
    #expect(Array(upright.pixels[corner + 3 * step..<corner + 3 * step + 3]) == Array(plain.pixels[3..<6]))
  }
}
