import CLIPFiles
import CLIPImages
import Testing

@Suite("Pictures that cannot be read")
struct BadImageTests {
  /// The message that decoding ends with, or nil when it succeeds; any other error fails the test.
  private func message(_ bytes: [UInt8], _ options: DecodingOptions = DecodingOptions()) throws -> String? {
    do {
      _ = try ImageDecoder.decode(bytes, options)
      return nil
    } catch let error as InputError {
      return error.description
    }
  }

  @Test("empty, foreign and beheaded files are named for what they are")
  func messages() throws {
    #expect(try message([]) == "is empty, not a JPEG, PNG or WebP image")
    #expect(try message(Array("GIF89a".utf8)) == "is a GIF image, not a JPEG, PNG or WebP one; convert it")
    #expect(try message([0xFF]) == "is not a JPEG, PNG or WebP image")
    #expect(try message([0xFF, 0xD8, 0xFF]) == "is a JPEG image that is cut short")
    #expect(try message(Array(Fixture.bytes("images/rgb.png")[..<20])) == "is a PNG image that is cut short")
    #expect(try message(Array(Fixture.bytes("images/rgb.png")[..<9000])) == "is a PNG image that is cut short")
    #expect(try message(Array(Fixture.bytes("images/photo.jpg")[..<9000])) == "is a JPEG image that is cut short")
    #expect(try message(Array(Fixture.bytes("formats/lossy.webp")[..<100])) == "is a WebP image that is cut short")
  }

  @Test("a damaged PNG is refused by its check sum")
  func checksum() throws {
    var bytes = try Fixture.bytes("images/rgb.png")
    bytes[9000] ^= 0x10
    let text = try #require(try message(bytes))
    #expect(text.hasPrefix("is a damaged PNG image: "))
  }

  @Test("a picture cut anywhere is refused, never half read", arguments: try Fixture.formats("png", "jpg", "webp"))
  func everyCut(_ name: String) throws {
    let bytes = try Fixture.bytes("formats/\(name)")
    var accepted: [Int] = []
    for count in 0..<bytes.count where try message(Array(bytes[..<count])) == nil { accepted.append(count) }
    // A PNG may lack its end chunk, as in Pillow: all its pixels are there.
    if name.hasSuffix(".png") {
      let whole = try ImageDecoder.decode(bytes)
      accepted.removeAll { count in
        let cut = Array(bytes[..<count])
        return Self.isBetweenChunks(cut) && (try? ImageDecoder.decode(cut)) == whole
      }
    }
    // A WebP's metadata follows its pixels.
    if name.hasSuffix(".webp") { accepted.removeAll { $0 > bytes.count / 2 } }
    #expect(accepted == [])
  }

  /// Whether a PNG ends where a chunk does, behind pixels.
  private static func isBetweenChunks(_ bytes: [UInt8]) -> Bool {
    var position = 8, hasPixels = false
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      hasPixels = hasPixels || bytes[position + 4..<position + 8].elementsEqual("IDAT".utf8)
      position += length + 12
    }
    return position == bytes.count && hasPixels
  }

  @Test("a PNG without its end chunk gives its pixels", arguments: ["rgb_8.png", "gray_16_adam7.png", "palette_4.png"])
  func withoutEnd(_ name: String) throws {
    let bytes = try Fixture.bytes("formats/\(name)")
    #expect(try ImageDecoder.decode(Array(bytes.dropLast(12))) == ImageDecoder.decode(bytes))
    for cut in [1, 4, 11, 13, 16, 20] { #expect(try message(Array(bytes.dropLast(cut))) != nil, "\(cut)") }
  }

  @Test(
    "pictures in other formats are named by their content",
    arguments: [
      (Array("BM".utf8), "a BMP image"), ([0x49, 0x49, 0x2A, 0], "a TIFF image"),
      ([0x4D, 0x4D, 0, 0x2A], "a TIFF image"),
      ([0, 0, 0, 32] + Array("ftypavif".utf8), "an AVIF image"),
      ([0, 0, 0, 24] + Array("ftypheic".utf8), "an HEIC or AVIF image"),
      ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 image"), ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
      ([0xFF, 0x0A], "a JPEG XL image"), ([0, 0, 0, 12] + Array("JXL ".utf8), "a JPEG XL image"),
      (Array("P6\n3 2\n255\n".utf8), "a PPM, PGM or PBM image"), ([0, 0, 1, 0], "an ICO image"),
      (Array("<!DOCTYPE html><html>".utf8), "an HTML page"), (Array("8BPS".utf8), "a Photoshop image"),
      (Array("version https://git-lfs.github.com/spec/v1".utf8), "a Git LFS pointer"),
      ([0x1F, 0x8B, 8], "compressed with gzip"),
    ] as [([UInt8], String)])
  func otherFormats(bytes: [UInt8], name: String) throws {
    #expect(
      try message(bytes + [UInt8](repeating: 1, count: 40)) == "is \(name), not a JPEG, PNG or WebP one; convert it")
  }

  @Test("an animated WebP is said to be animated")
  func animated() throws {
    // VP8X with the animation flag, 1 x 1.
    let chunk: [UInt8] = Array("VP8X".utf8) + [10, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let anim: [UInt8] = Array("ANIM".utf8) + [6, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let size = UInt8(4 + chunk.count + anim.count)
    let bytes = Array("RIFF".utf8) + [size, 0, 0, 0] + Array("WEBP".utf8) + chunk + anim
    #expect(try message(bytes) == "is a WebP image that cannot be read: it is animated")
  }

  @Test("a size beyond the limit is refused from the header, whatever follows")
  func bombs() throws {
    let advice = "raise --max-image-pixels if you trust the file"
    let expected = "is 60000 x 60000 pixels, more than the limit of 178956970 pixels; \(advice)"

    var png = try Fixture.bytes("images/rgb.png")
    png.replaceSubrange(16..<24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
    #expect(try message(png) == expected)

    var jpeg = try Fixture.bytes("images/photo.jpg")
    let frame = try #require((0..<jpeg.count).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xEA, 0x60, 0xEA, 0x60])
    #expect(try message(jpeg) == expected)

    let small = DecodingOptions(maximumPixels: 500 * 375 - 1)
    let photo = try Fixture.bytes("images/photo.jpg")
    #expect(try message(photo, small) == "is 500 x 375 pixels, more than the limit of 187499 pixels; \(advice)")
    #expect(try message(photo, DecodingOptions(maximumPixels: 500 * 375)) == nil)
    // No option lifts the last limit, beyond which sizes in bytes could overflow.
    #expect(try message(png, DecodingOptions(maximumPixels: .max)) == expected.replacingLimit("2147483648"))
  }

  @Test("a JPEG of endless progressive scans is refused")
  func scans() throws {
    let bytes = try Fixture.bytes("formats/rgb_444_progressive.jpg")
    // The last scan, from its marker to the end marker, repeated: a decoder could be kept busy for hours.
    let last = try #require((0..<bytes.count - 1).last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    let scan = Array(bytes[last..<bytes.count - 2])
    var bomb = Array(bytes[..<(bytes.count - 2)])
    for _ in 0..<2000 { bomb += scan }
    bomb += [0xFF, 0xD9]
    #expect(try message(bomb) == "is a JPEG image that cannot be read: has too many progressive scans")
  }

  @Test("thousands of mutated files end in a picture or an error")
  func mutations() throws {
    var random = Scatter(state: 20_250_601)
    var refused = 0
    var tried = 0
    for name in try Fixture.formats("png", "jpg", "webp") {
      let original = try Fixture.bytes("formats/\(name)")
      for _ in 0..<60 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch UInt8.random(in: 0..<4, using: &random) {
          case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
          case 2: bytes.remove(at: place)
          default: bytes.insert(0xFF, at: place)
          }
        }
        tried += 1
        let options = DecodingOptions(maximumPixels: 1 << 20, appliesOrientation: true)
        if try message(bytes, options) != nil { refused += 1 }
      }
    }
    // Both ends must occur, or the mutations test nothing.
    #expect(refused > tried / 4 && refused < tried)
  }

  @Test("mutated EXIF blocks give an orientation or none")
  func mutatedOrientation() throws {
    var random = Scatter(state: 77)
    let original = try Fixture.bytes("formats/oriented_6.jpg")
    for _ in 0..<20_000 {
      var bytes = Array(original[..<120])
      for _ in 0..<3 { bytes[Int.random(in: 2..<120, using: &random)] = UInt8.random(in: 0...255, using: &random) }
      _ = bytes.withUnsafeBytes { Orientation.stored(in: $0, .jpeg) }
    }
    #expect(original.withUnsafeBytes { Orientation.stored(in: $0, .jpeg) } == .turnedLeft)
  }
}

extension String {
  fileprivate func replacingLimit(_ limit: String) -> String {
    split(separator: "178956970", omittingEmptySubsequences: false).joined(separator: limit)
  }
}
