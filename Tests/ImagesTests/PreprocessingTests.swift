import CLIPFiles
import CLIPImages
import Testing

@Suite("Resizing as PIL does")
struct ResamplingTests {
  @Test("a cropped, resized picture has torchvision's bytes")
  func crops() throws {
    let results = try Fixture.results.get()
    let source = try Fixture.decoded("images/rgb.png")
    let names = results.names.filter { $0.hasPrefix("crop.") }
    #expect(names.count == 10)
    for name in names {
      let parts = name.split(separator: ".")
      let box = parts[1...4].compactMap { Int($0) }
      let filter = try #require(Interpolation(rawValue: String(parts[5])))
      let resized = Resampling.resize(
        source, box: (box[0], box[1], box[2], box[3]), toRows: 33, columns: 40, interpolation: filter)
      #expect(resized == (try results.image(name)), "\(name)")
    }
  }

  @Test("the vector loops equal the formula on odd sizes", arguments: Interpolation.allCases)
  func oddSizes(_ interpolation: Interpolation) {
    for (rows, columns) in [(1, 1), (1, 7), (7, 1), (2, 3), (17, 5), (65, 33)] {
      let image = PixelImage.scattered(rows: rows, columns: columns, seed: UInt64(rows * 100 + columns))
      for (newRows, newColumns) in [(1, 1), (3, 2), (7, 17), (rows, 9), (9, columns), (rows, columns), (70, 66)] {
        let resized = Resampling.resize(image, toRows: newRows, columns: newColumns, interpolation: interpolation)
        let expected = reference(image, newRows, newColumns, interpolation)
        #expect(resized == expected, "\(rows) x \(columns) to \(newRows) x \(newColumns)")
      }
    }
  }

  @Test("a picture of one color keeps it, black and white included")
  func flat() {
    for value: UInt8 in [0, 1, 127, 254, 255] {
      let image = PixelImage(rows: 50, columns: 31, pixels: [UInt8](repeating: value, count: 50 * 31 * 3))
      for side in [1, 12, 31, 90] {
        let resized = Resampling.resize(image, toRows: side, columns: side)
        #expect(resized.pixels.allSatisfy { $0 == value })
      }
    }
  }

  /// The two passes written plainly: columns, rounding to bytes, rows.
  private func reference(
    _ image: PixelImage, _ rows: Int, _ columns: Int, _ interpolation: Interpolation
  ) -> PixelImage {
    func pass(_ old: Int, _ new: Int, _ sample: (Int, Int) -> Int, count: Int) -> [[Int]] {
      (0..<count).map { line in
        guard old != new else { return (0..<new).map { sample(line, $0) } }
        let scale = Double(old) / Double(new)
        let stretch = max(scale, 1)
        let reach = (interpolation == .bicubic ? 2 : 1) * stretch
        return (0..<new).map { index in
          let center = (Double(index) + 0.5) * scale
          let range = max(Int(center - reach + 0.5), 0)..<min(Int(center + reach + 0.5), old)
          let weights = range.map { kernel((Double($0) - center + 0.5) * (1 / stretch), interpolation) }
          let total = weights.reduce(0, +)
          var sum = 1 << 21
          for (place, weight) in zip(range, weights) {
            sum += sample(line, place) * Int((weight / total * 4_194_304).rounded(.toNearestOrAwayFromZero))
          }
          return min(max(sum >> 22, 0), 255)
        }
      }
    }
    var pixels = [UInt8](repeating: 0, count: rows * columns * 3)
    for channel in 0..<3 {
      let narrow = pass(
        image.columns, columns, { Int(image.pixels[($0 * image.columns + $1) * 3 + channel]) }, count: image.rows)
      let turned = pass(image.rows, rows, { narrow[$1][$0] }, count: columns)
      for row in 0..<rows {
        for column in 0..<columns { pixels[(row * columns + column) * 3 + channel] = UInt8(turned[column][row]) }
      }
    }
    return PixelImage(rows: rows, columns: columns, pixels: pixels)
  }

  private func kernel(_ position: Double, _ interpolation: Interpolation) -> Double {
    let x = abs(position)
    switch interpolation {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
    }
  }
}

@Suite("Preprocessing as open_clip does")
struct PreprocessingTests {
  static let keys = [
    "landscape", "portrait_444", "gray", "progressive", "rgb", "rgba", "palette", "tiny",
  ]

  /// PIL's decoding, so that only the resize is tested.
  private func source(_ key: String) throws -> PixelImage {
    try Fixture.preprocess64.get().image("\(key).decoded_rgb")
  }

  @Test("the golden pictures have PIL's bytes at 64 pixels", arguments: keys)
  func bytes(_ key: String) throws {
    let image = Preprocessing.openAI(imageSize: 64).resizedAndCropped(try source(key))
    #expect(image == (try Fixture.preprocess64.get().image("\(key).rgbfirst64.u8")))
  }

  @Test("at 224 pixels too, by check sum", arguments: keys + ["exact224"])
  func bytes224(_ key: String) throws {
    let sums = try JSONParser.parse(Fixture.bytes("preprocess224.json"))
    let image = key == "exact224" ? try Fixture.decoded("images/exact224.png") : try source(key)
    let result = Preprocessing.openAI().resizedAndCropped(image)
    #expect(Int(crc32(result.pixels)) == sums[key]?.intValue)
  }

  @Test("the golden pictures have torchvision's floats, to the last bit")
  func floats() throws {
    for key in Self.keys {
      let expected = try Fixture.preprocess64.get().floats("\(key).rgbfirst64.tensor")
      #expect(Preprocessing.openAI(imageSize: 64)(try source(key)) == expected, "\(key)")
    }
    let expected = try Fixture.preprocess224.get().floats("portrait_444.rgbfirst224.tensor")
    #expect(Preprocessing.openAI()(try source("portrait_444")) == expected)
  }

  /// From the file on, where another JPEG library may differ by a step or two of 255 a sample.
  @Test("a photograph's file becomes torchvision's floats")
  func photograph() throws {
    let photo = try Fixture.decoded("images/photo.jpg")
    for (golden, size) in [(try Fixture.preprocess64.get(), 64), (try Fixture.preprocess224.get(), 224)] {
      let expected = try golden.floats("photo.rgbfirst\(size).tensor")
      let found = Preprocessing.openAI(imageSize: size)(photo)
      try #require(found.count == expected.count)
      let worst = zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(worst <= 2.01 / 255 / 0.26)
    }
  }

  @Test("every resize mode and filter gives open_clip's picture, wide and tall")
  func modes() throws {
    let results = try Fixture.results.get()
    let names = results.names.filter { $0.hasSuffix(".u8") }
    #expect(names.count == 24)
    for name in names {
      let parts = name.split(separator: ".").map(String.init)
      let image = try Fixture.decoded(parts[0] == "wide" ? "images/rgb.png" : "images/rgba.png")
      let preprocessing = Preprocessing(
        imageSize: try #require(Int(parts[3])), mean: Preprocessing.inceptionMean,
        standardDeviation: Preprocessing.inceptionStandardDeviation,
        interpolation: try #require(Interpolation(rawValue: parts[2])),
        resizeMode: try #require(Preprocessing.ResizeMode(rawValue: parts[1])))
      #expect(preprocessing.resizedAndCropped(image) == (try results.image(name)), "\(name)")
      let tensor = parts[0...3].joined(separator: ".") + ".tensor"
      if results.names.contains(tensor) {
        #expect(preprocessing(image) == (try results.floats(tensor)), "\(tensor)")
      }
    }
  }

  @Test("the fused path equals the table of the 8-bit picture, whatever the shape")
  func fused() throws {
    for (rows, columns) in [(1, 1), (1, 900), (900, 1), (31, 64), (100, 99)] {
      for mode in Preprocessing.ResizeMode.allCases {
        let preprocessing = Preprocessing(imageSize: 32, resizeMode: mode)
        let image = PixelImage.scattered(rows: rows, columns: columns, seed: 9)
        let square = preprocessing.resizedAndCropped(image)
        let values = preprocessing(image)
        for channel in 0..<3 {
          for pixel in [0, 5, 31, 32 * 16 + 16, 1023] {
            let expected =
              (Float(square.pixels[pixel * 3 + channel]) / 255 - Preprocessing.openAIMean[channel])
              / Preprocessing.openAIStandardDeviation[channel]
            #expect(values[channel * 1024 + pixel] == expected)
          }
        }
      }
    }
  }
}
