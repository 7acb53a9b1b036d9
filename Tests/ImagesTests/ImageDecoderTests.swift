import CLIPFiles
import CLIPImages
import Testing

@Suite("Decoding pictures")
struct ImageDecoderTests {
  @Test("every kind of PNG gives PIL's bytes", arguments: try Fixture.formats("png"))
  func pngEqualsPIL(_ name: String) throws {
    let expected = try Fixture.results.get().image("\(name).rgb")
    #expect(try Fixture.decoded("formats/\(name)") == expected)
  }

  /// The standard lets decoders differ by a step or two; libjpeg-turbo against itself does not differ at all, which
  /// `photo` below holds where the libraries are the same.
  @Test(
    "every kind of JPEG and WebP is PIL's picture, within two steps of 255",
    arguments: try Fixture.formats("jpg", "webp"))
  func lossyIsPILs(_ name: String) throws {
    let expected = try Fixture.results.get().image("\(name).rgb")
    let difference = try #require(largestDifference(try Fixture.decoded("formats/\(name)"), expected))
    #expect(difference <= (name.hasPrefix("lossless") ? 0 : 2))
  }

  @Test(
    "the golden pictures decode to PIL's bytes",
    arguments: [
      "landscape.jpg", "portrait_444.jpg", "gray.jpg", "progressive.jpg", "rgb.png", "rgba.png", "palette.png",
      "tiny.png",
    ])
  func goldenPictures(_ name: String) throws {
    let key = String(name.prefix { $0 != "." })
    let expected = try Fixture.preprocess64.get().image("\(key).decoded_rgb")
    let difference = try #require(largestDifference(try Fixture.decoded("images/\(name)"), expected))
    #expect(difference <= (name.hasSuffix(".png") ? 0 : 2))
  }

  @Test("CMYK and YCCK pictures are not washed out: black ink darkens")
  func inkDarkens() throws {
    for name in ["cmyk.jpg", "ycck.jpg"] {
      let image = try Fixture.decoded("formats/\(name)")
      #expect(image.pixels.contains { $0 < 40 }, "\(name)")
    }
  }

  @Test("the size is read without the pixels")
  func sizeFromHeader() throws {
    for name in try Fixture.formats("png", "jpg", "webp") {
      let bytes = try Fixture.bytes("formats/\(name)")
      let shape = try Fixture.results.get().shape("\(name).rgb")
      let size = try bytes.withUnsafeBytes { try ImageDecoder.size(of: $0) }
      #expect([size.rows, size.columns] == Array(shape[..<2]), "\(name)")
    }
  }

  @Test("a picture written as PNG reads back the same", arguments: [(1, 1), (1, 300), (300, 1), (67, 129)])
  func pngRoundTrip(rows: Int, columns: Int) throws {
    let image = PixelImage.scattered(rows: rows, columns: columns, seed: 5)
    let encoded = try PNGEncoder.encode(image)
    #expect(encoded.withUnsafeBytes { ImageFormat.recognize($0) } == .png)
    #expect(try ImageDecoder.decode(encoded) == image)
  }
}

@Suite("Orientation")
struct OrientationTests {
  @Test("all eight orientations are turned as PIL turns them, in every format")
  func turnedAsPIL() throws {
    let results = try Fixture.results.get()
    let names = results.names.filter { $0.hasSuffix(".upright") }
    #expect(names.count == 12)
    for name in names {
      let file = String(name.dropLast(".upright".count))
      let image = try Fixture.decoded("formats/\(file)", DecodingOptions(appliesOrientation: true))
      let difference = try #require(largestDifference(image, try results.image(name)), "\(file): wrong size")
      #expect(difference <= 2, "\(file)")
    }
  }

  @Test("orientation is left alone unless asked for, as open_clip leaves it")
  func leftAlone() throws {
    let image = try Fixture.decoded("formats/oriented_6.png")
    #expect(image == (try Fixture.results.get().image("oriented_6.png.rgb")))
    #expect(image.columns == 14)
  }

  @Test("turning is undone by the inverse turn")
  func inverse() {
    let image = PixelImage.scattered(rows: 5, columns: 8, seed: 3)
    for orientation in Orientation.allCases {
      let inverse: Orientation =
        switch orientation {
        case .turnedLeft: .turnedRight
        case .turnedRight: .turnedLeft
        default: orientation
        }
      #expect(image.oriented(orientation).oriented(inverse) == image)
    }
  }
}

extension PixelImage {
  /// Noise from a fixed seed.
  static func scattered(rows: Int, columns: Int, seed: UInt64) -> PixelImage {
    var random = Scatter(state: seed)
    return PixelImage(
      rows: rows, columns: columns,
      pixels: (0..<rows * columns * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }
}

/// SplitMix64: a fixed sequence for the tests' noise and mutations.
struct Scatter: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
