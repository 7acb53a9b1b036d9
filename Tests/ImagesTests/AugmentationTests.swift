import CLIPCompute
import CLIPFiles
import CLIPImages
import Testing

@Suite("Changing training pictures as torchvision does")
struct AugmentationTests {
  private static let figures = Fixture.augmentationFigures

  private func list(_ name: String) throws -> [JSONValue] {
    try #require(try Self.figures.get()[name]?.arrayValue)
  }

  private func adjustment(_ change: JSONValue) throws -> ColorAdjustment {
    let parts = try #require(change.arrayValue)
    let factor = try #require(parts[1].doubleValue)
    switch parts[0].stringValue {
    case "brightness": return .brightness(factor)
    case "contrast": return .contrast(factor)
    case "saturation": return .saturation(factor)
    case "hue": return .hue(factor)
    case "gray": return .grayScale
    default: throw InputError("the fixture holds the unknown change \(parts[0])")
    }
  }

  private func numbers(_ record: JSONValue, _ key: String) throws -> [Double] {
    try #require(record[key]?.arrayValue).compactMap(\.doubleValue)
  }

  private func box(_ value: JSONValue?) throws -> CropBox {
    let box = try #require(value?.arrayValue).compactMap(\.intValue)
    return CropBox(top: box[0], left: box[1], rows: box[2], columns: box[3])
  }

  private func plan(_ record: JSONValue) throws -> AugmentationPlan {
    AugmentationPlan(
      crop: try box(record["box"]), isMirrored: record["mirrored"] == .bool(true),
      adjustments: try #require(record["changes"]?.arrayValue).map(adjustment))
  }

  @Test("crops, mirrored pictures and color changes have torchvision's bytes")
  func cases() throws {
    let records = try list("cases")
    #expect(records.count == 49)
    for (index, record) in records.enumerated() {
      let name = try #require(record["picture"]?.stringValue)
      let picture = try Fixture.decoded("images/\(name)")
      let preprocessing = Preprocessing.openAI(imageSize: try #require(record["size"]?.intValue))
      let result = preprocessing.augmented(picture, following: try plan(record))
      #expect(result == (try Fixture.augmentation.get().image("\(index)")), "case \(index) of \(name)")
    }
  }

  @Test("every color there is changes to PIL's", arguments: 0..<6)
  func everyColor(_ index: Int) throws {
    let record = try list("every_color")[index]
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 << 24) { bytes, filled in
      for color in 0..<1 << 24 {
        for channel in 0..<3 { bytes[3 * color + channel] = UInt8(truncatingIfNeeded: color >> (8 * channel)) }
      }
      filled = 3 << 24
    }
    let every = PixelImage(rows: 4096, columns: 4096, pixels: pixels)
    let change = try adjustment(try #require(record["change"]))
    #expect(Int(crc32(every.adjusted([change]).pixels)) == record["crc32"]?.intValue, "\(change)")
  }

  @Test("a pixel's place in a row does not matter to its color", arguments: [1, 7, 17, 63, 64, 65, 130])
  func counts(_ count: Int) {
    let row = PixelImage.scattered(rows: 1, columns: count, seed: UInt64(count))
    for change in [ColorAdjustment.brightness(1.3), .saturation(0.4), .hue(0.2), .hue(-0.31), .grayScale] {
      let together = row.adjusted([change])
      let alone = (0..<count).flatMap { place in
        PixelImage(rows: 1, columns: 1, pixels: Array(row.pixels[3 * place..<3 * place + 3])).adjusted([change]).pixels
      }
      #expect(together.pixels == alone, "\(change)")
    }
  }

  @Test("the model's input is the changed picture, normalized as torchvision does")
  func tensor() throws {
    let record = try #require(try list("cases").last)
    let picture = try Fixture.decoded("images/rgb.png")
    let preprocessing = Preprocessing.openAI(imageSize: 32)
    let changed = preprocessing.augmented(picture, following: try plan(record))
    #expect(preprocessing(changed) == (try Fixture.augmentation.get().floats("tensor")))
    // The public way draws the same plan for the same bits.
    let augmentation = Augmentation(
      scale: 0.3...0.9, colorJitter: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1),
      colorJitterProbability: 0.8, grayScaleProbability: 0.2, horizontalFlipProbability: 0.5)
    for index in 0..<20 as Range<UInt64> {
      var random = Philox(seed: 5, purpose: .test, index: index)
      var same = random
      let pixels = preprocessing.augmented(picture, augmentation, random: &same)
      #expect(preprocessing(picture, augmentation: augmentation, random: &random) == preprocessing(pixels))
      #expect(random.next() == same.next())
    }
  }

  @Test("where no drawn part fits, torchvision's middle is taken")
  func middles() throws {
    for record in try list("middles") {
      let rows = try #require(record["rows"]?.intValue)
      let columns = try #require(record["columns"]?.intValue)
      let ratio = try Augmentation.range(numbers(record, "ratio"), at: "ratio")
      var random = Scatter(state: 1)
      let drawn = CropBox.random(rows: rows, columns: columns, scale: 0.9...1, ratio: ratio, using: &random)
      #expect(drawn == (try box(record["box"])), "\(rows) x \(columns)")
    }
  }

  @Test("crops are distributed as torchvision's")
  func cropDistribution() throws {
    for record in try list("draws") {
      let rows = try #require(record["rows"]?.intValue)
      let columns = try #require(record["columns"]?.intValue)
      let scale = try Augmentation.range(numbers(record, "scale"), at: "scale")
      let ratio = try Augmentation.range(numbers(record, "ratio"), at: "ratio")
      var random = Philox(seed: 11, purpose: .test)
      let drawn = (0..<20_000).map { _ in
        let box = CropBox.random(rows: rows, columns: columns, scale: scale, ratio: ratio, using: &random)
        return [box.top, box.left, box.rows, box.columns].map(Double.init)
      }
      compare(drawn, mean: try numbers(record, "mean"), deviation: try numbers(record, "deviation"))
    }
  }

  @Test("factors are distributed as torchvision's, in every order alike")
  func jitterDistribution() throws {
    for record in try list("jitters") {
      let jitter = try ColorJitter(numbers(record, "room"))
      var random = Philox(seed: 12, purpose: .test)
      var orders: [[Int]: Int] = [:]
      let drawn = (0..<20_000).map { _ in
        var factors = [0.0, 0, 0, 0]
        var order: [Int] = []
        for change in jitter.draw(using: &random) {
          switch change {
          case .brightness(let factor): order.append(0); factors[0] = factor
          case .contrast(let factor): order.append(1); factors[1] = factor
          case .saturation(let factor): order.append(2); factors[2] = factor
          case .hue(let share): order.append(3); factors[3] = share
          case .grayScale: Issue.record("gray is not a jitter's")
          }
        }
        orders[order, default: 0] += 1
        return factors
      }
      compare(drawn, mean: try numbers(record, "mean"), deviation: try numbers(record, "deviation"))
      // 24 orders of 833 each; five standard deviations of 28.3.
      #expect(orders.count == 24)
      #expect(orders.values.allSatisfy { abs($0 - 833) < 142 })
    }
  }

  /// Two samples of 20,000 each: their means differ by 0.01 standard deviations typically, their standard deviations by
  /// less than 1%; five times that would be chance once in a million.
  private func compare(_ drawn: [[Double]], mean: [Double], deviation: [Double]) {
    for axis in 0..<4 {
      let values = drawn.map { $0[axis] }
      let average = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(values.count)
      #expect(abs(average - mean[axis]) < 0.05 * deviation[axis], "axis \(axis): mean \(average), \(mean[axis])")
      #expect(abs(variance.squareRoot() / deviation[axis] - 1) < 0.05, "axis \(axis): deviation")
    }
  }
}
