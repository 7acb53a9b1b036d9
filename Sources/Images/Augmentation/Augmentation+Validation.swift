internal import CLIPFiles

extension Augmentation {
  /// Refuses values that no picture could be changed by; errors name open_clip's keys.
  /// - Throws: ``InputError`` for the first value that is out of its range or not a number.
  public func validate() throws {
    try Self.check(scale, at: "scale", upTo: 1, "a share of the picture's area above 0 and up to 1")
    try Self.check(ratio, at: "ratio", upTo: Self.largestRatio, "columns divided by rows, above 0 and up to 1000")
    try Self.check(probability: colorJitterProbability, at: "color_jitter_prob")
    try Self.check(probability: grayScaleProbability, at: "gray_scale_prob")
    try Self.check(probability: horizontalFlipProbability, at: "hflip")
    try colorJitter?.validate()
    if colorJitter == nil, colorJitterProbability > 0 {
      throw InputError(
        "\(colorJitterProbability) without color_jitter changes nothing", at: "color_jitter_prob",
        advice: "give color_jitter: four numbers for brightness, contrast, saturation and hue")
    }
  }

  /// Two numbers of a configuration as a range.
  /// - Parameter key: the configuration's key, for errors
  /// - Throws: ``InputError`` unless they are two numbers, the first not above the second.
  public static func range(_ values: [Double], at key: String) throws -> ClosedRange<Double> {
    guard values.count == 2, values[0] <= values[1] else {
      throw InputError("expected two numbers, the smaller first, found \(values)", at: key)
    }
    return values[0]...values[1]
  }

  static let largestRatio = 1000.0

  private static func check(
    _ range: ClosedRange<Double>, at key: String, upTo limit: Double, _ expected: String
  ) throws {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    // A range made without checks may hold values that do not compare.
    guard lower > 0, lower <= upper, upper <= limit else {
      throw InputError("expected \(expected), found \(lower) to \(upper)", at: key)
    }
  }

  private static func check(probability: Double, at key: String) throws {
    guard probability >= 0, probability <= 1 else {
      throw InputError("expected a probability from 0 to 1, found \(probability)", at: key)
    }
  }
}

extension ColorJitter {
  /// From the four numbers of open_clip's `color_jitter`.
  /// - Parameter values: brightness, contrast, saturation, hue
  /// - Throws: ``InputError`` unless there are four, each in its range.
  public init(_ values: [Double]) throws {
    guard values.count == 4 else {
      throw InputError(
        "expected four numbers (brightness, contrast, saturation, hue), found \(values.count)", at: "color_jitter")
    }
    self.init(brightness: values[0], contrast: values[1], saturation: values[2], hue: values[3])
    try validate()
  }

  /// Refuses values out of their range.
  /// - Throws: ``InputError`` naming the value.
  public func validate() throws {
    for (name, value) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)] {
      guard value >= 0, value.isFinite else {
        throw InputError("expected a \(name) of 0 or more, found \(value)", at: "color_jitter")
      }
    }
    guard hue >= 0, hue <= 0.5 else {
      throw InputError("expected a hue from 0 to 0.5, found \(hue)", at: "color_jitter")
    }
  }
}
