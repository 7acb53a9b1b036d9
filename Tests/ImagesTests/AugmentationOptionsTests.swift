import CLIPCompute
import CLIPFiles
import CLIPImages
import Testing

@Suite("Options of augmentation")
struct AugmentationOptionsTests {
  private let everything = Augmentation(
    scale: 0.2...1, colorJitter: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1),
    colorJitterProbability: 0.8, grayScaleProbability: 0.2, horizontalFlipProbability: 0.5)

  private func plans(_ augmentation: Augmentation, count: Int, seed: UInt64 = 3) -> [AugmentationPlan] {
    (0..<count).map { index in
      var random = Philox(seed: seed, purpose: .augmentation, index: UInt64(index))
      return AugmentationPlan(rows: 60, columns: 80, augmentation, using: &random)
    }
  }

  @Test("a seed gives the same pictures again, another seed others")
  func seeds() {
    #expect(plans(everything, count: 50) == plans(everything, count: 50))
    #expect(plans(everything, count: 50) != plans(everything, count: 50, seed: 4))
    let picture = PixelImage.scattered(rows: 60, columns: 80, seed: 1)
    let preprocessing = Preprocessing.openAI(imageSize: 32)
    func tensor(_ seed: UInt64) -> [Float] {
      var random = Philox(seed: seed, purpose: .augmentation)
      return preprocessing(picture, augmentation: everything, random: &random)
    }
    #expect(tensor(1) == tensor(1))
    #expect(tensor(1) != tensor(2))
  }

  /// Draws one half every time.
  private struct Halves: RandomNumberGenerator {
    mutating func next() -> UInt64 { 1 << 63 }
  }

  @Test("halves lead to the figures that the formulas give by hand")
  func halves() {
    var options = everything
    options.colorJitter = ColorJitter(brightness: 0.5, contrast: 1, saturation: 3, hue: 0.25)
    var random = Halves()
    let plan = AugmentationPlan(rows: 60, columns: 80, options, using: &random)
    // area 0.6 * 4800, ratio 1: 53.67 rows and columns; half of 0...6 rows and 0...26 columns is 3 and 13.
    #expect(plan.crop == CropBox(top: 3, left: 13, rows: 54, columns: 54))
    // One half is below the jitter's 0.8 only.
    #expect(!plan.isMirrored)
    // The last of four changes places with the third, then the third with the second.
    #expect(plan.adjustments == [.brightness(1), .hue(0), .contrast(1), .saturation(2)])
  }

  @Test("a seed keeps its numbers from version to version")
  func fixed() {
    var random = Philox(seed: 2026, purpose: .augmentation, index: 7)
    let plan = AugmentationPlan(rows: 60, columns: 80, everything, using: &random)
    #expect(plan.crop == CropBox(top: 0, left: 4, rows: 37, columns: 36))
    #expect(plan.isMirrored)
    #expect(
      plan.adjustments == [
        .contrast(0.8492102324684979), .hue(-0.08677033105558998), .brightness(1.3696199539291167),
        .saturation(1.3746616650608725),
      ])
  }

  @Test("steps happen as often as they should")
  func frequencies() {
    let drawn = plans(everything, count: 20_000)
    func share(_ holds: (AugmentationPlan) -> Bool) -> Double { Double(drawn.filter(holds).count) / 20_000 }
    // Five standard deviations: 5 * sqrt(0.25 / 20,000) = 0.018.
    #expect(abs(share(\.isMirrored) - 0.5) < 0.018)
    #expect(abs(share { $0.adjustments.count >= 4 } - 0.8) < 0.018)
    #expect(abs(share { $0.adjustments.last == .grayScale } - 0.2) < 0.018)
    #expect(abs(share { $0.adjustments.isEmpty } - 0.16) < 0.018)
  }

  @Test("a seed's crops stay when other options change")
  func crops() {
    let plain = plans(Augmentation(scale: 0.2...1), count: 200)
    #expect(plain.map(\.crop) == plans(everything, count: 200).map(\.crop))
    #expect(plain.allSatisfy { !$0.isMirrored && $0.adjustments.isEmpty })
  }

  @Test("area and proportions stay within their limits, but for rounding to pixels")
  func limits() {
    for (scale, ratio) in [(0.9...1, 0.75...1.25), (0.08...0.3, 0.5...2), (0.5...0.5, 1...1)] {
      var random = Philox(seed: 9, purpose: .test)
      for _ in 0..<2000 {
        let box = CropBox.random(rows: 700, columns: 900, scale: scale, ratio: ratio, using: &random)
        #expect(box.top >= 0 && box.left >= 0 && box.top + box.rows <= 700 && box.left + box.columns <= 900)
        let share = Double(box.rows * box.columns) / (700 * 900)
        let proportion = Double(box.columns) / Double(box.rows)
        #expect(share > scale.lowerBound * 0.99 && share < scale.upperBound * 1.01, "\(box)")
        #expect(proportion > ratio.lowerBound * 0.99 && proportion < ratio.upperBound * 1.01, "\(box)")
      }
    }
  }

  @Test("the whole picture without color changes is the evaluation's")
  func identity() {
    let picture = PixelImage.scattered(rows: 50, columns: 50, seed: 4)
    let preprocessing = Preprocessing.openAI(imageSize: 32)
    let whole = Augmentation(
      scale: 1...1, ratio: 1...1, colorJitter: ColorJitter(), colorJitterProbability: 1)
    var random = Philox(seed: 1, purpose: .test)
    #expect(preprocessing(picture, augmentation: whole, random: &random) == preprocessing(picture))
    // A factor of one changes nothing either.
    #expect(picture.adjusted([.brightness(1), .contrast(1), .saturation(1)]) == picture)
  }

  @Test("small and narrow pictures keep their color", arguments: [(1, 1), (1, 500), (500, 1), (2, 1), (3, 1000)])
  func small(_ rows: Int, _ columns: Int) {
    let pixels = (0..<rows * columns).flatMap { _ in [200, 100, 50] as [UInt8] }
    let picture = PixelImage(rows: rows, columns: columns, pixels: pixels)
    for size in [1, 2, 33] {
      for index in 0..<50 as Range<UInt64> {
        var random = Philox(seed: 6, purpose: .test, index: index)
        let result = Preprocessing.openAI(imageSize: size)
          .augmented(picture, Augmentation(scale: 0.01...1, horizontalFlipProbability: 0.5), random: &random)
        #expect(result.rows == size && result.columns == size)
        #expect((0..<size * size).allSatisfy { Array(result.pixels[3 * $0..<3 * $0 + 3]) == [200, 100, 50] })
      }
    }
  }

  private static let bad: [(Augmentation, String)] = [
    (
      Augmentation(scale: 0...1e9),
      "scale: expected a share of the picture's area above 0 and up to 1, found 0.0 to 1000000000.0"
    ),
    (
      Augmentation(scale: 0...1),
      "scale: expected a share of the picture's area above 0 and up to 1, found 0.0 to 1.0"
    ),
    (
      Augmentation(scale: ClosedRange(uncheckedBounds: (.nan, 1))),
      "scale: expected a share of the picture's area above 0 and up to 1, found nan to 1.0"
    ),
    (
      Augmentation(scale: ClosedRange(uncheckedBounds: (0.5, .nan))),
      "scale: expected a share of the picture's area above 0 and up to 1, found 0.5 to nan"
    ),
    (
      Augmentation(ratio: -1...(.infinity)),
      "ratio: expected columns divided by rows, above 0 and up to 1000, found -1.0 to inf"
    ),
    (
      Augmentation(colorJitter: ColorJitter(), colorJitterProbability: .nan),
      "color_jitter_prob: expected a probability from 0 to 1, found nan"
    ),
    (Augmentation(grayScaleProbability: 1.5), "gray_scale_prob: expected a probability from 0 to 1, found 1.5"),
    (Augmentation(horizontalFlipProbability: -0.1), "hflip: expected a probability from 0 to 1, found -0.1"),
    (
      Augmentation(colorJitterProbability: 0.8),
      "color_jitter_prob: 0.8 without color_jitter changes nothing; "
        + "give color_jitter: four numbers for brightness, contrast, saturation and hue"
    ),
    (
      Augmentation(colorJitter: ColorJitter(contrast: .infinity)),
      "color_jitter: expected a contrast of 0 or more, found inf"
    ),
    (
      Augmentation(colorJitter: ColorJitter(saturation: -1)),
      "color_jitter: expected a saturation of 0 or more, found -1.0"
    ),
    (Augmentation(colorJitter: ColorJitter(hue: 0.6)), "color_jitter: expected a hue from 0 to 0.5, found 0.6"),
    (
      Augmentation(colorJitter: ColorJitter(brightness: .nan)),
      "color_jitter: expected a brightness of 0 or more, found nan"
    ),
  ]

  @Test("values out of their range are named", arguments: bad.indices)
  func messages(_ index: Int) {
    let (augmentation, message) = Self.bad[index]
    #expect(throws: InputError.self) { try augmentation.validate() }
    do { try augmentation.validate() } catch { #expect("\(error)" == message) }
  }

  @Test("good values pass, lists of numbers become options")
  func lists() throws {
    try Augmentation().validate()
    try everything.validate()
    #expect(try Augmentation.range([0.4, 1], at: "scale") == 0.4...1)
    let jitter = try ColorJitter([0.4, 0.3, 0.2, 0.1])
    #expect(jitter == ColorJitter(brightness: 0.4, contrast: 0.3, saturation: 0.2, hue: 0.1))
    for values in [[], [1], [1, 0.5], [.nan, 1], [0.1, 0.2, 0.3]] as [[Double]] {
      #expect(throws: InputError("expected two numbers, the smaller first, found \(values)", at: "scale")) {
        try Augmentation.range(values, at: "scale")
      }
    }
    #expect(throws: InputError.self) { try ColorJitter([0.4, 0.4, 0.4]) }
    #expect(throws: InputError.self) { try ColorJitter([0.4, 0.4, 0.4, 0.9]) }
  }

  @Test("values that were not checked change pictures oddly but end", arguments: bad.indices)
  func unchecked(_ index: Int) {
    var augmentation = Self.bad[index].0
    for scale in [augmentation.scale, 0...1e9, 1e300...1e308, -5...(-1), 0...(.infinity)] {
      for ratio in [augmentation.ratio, 0...1e-300, 1e300...(.infinity), -3...(-1)] {
        augmentation.scale = scale
        augmentation.ratio = ratio
        augmentation.colorJitterProbability = 1
        let extreme = ColorJitter(brightness: 1e308, contrast: 1e39, saturation: 1e9, hue: 1e300)
        for jitter in [augmentation.colorJitter, extreme] {
          augmentation.colorJitter = jitter
          for (rows, columns) in [(1, 1), (1, 90), (90, 1), (40, 30)] {
            var random = Philox(seed: 2, purpose: .test)
            let picture = PixelImage.scattered(rows: rows, columns: columns, seed: 2)
            let values = Preprocessing.openAI(imageSize: 8)(picture, augmentation: augmentation, random: &random)
            #expect(values.count == 192 && values.allSatisfy(\.isFinite))
          }
        }
      }
    }
  }
}
