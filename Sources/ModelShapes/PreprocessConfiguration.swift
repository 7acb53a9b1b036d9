public import CLIPFiles

/// How an image becomes the model's input, as plain data.
public struct PreprocessConfiguration: Equatable, Sendable {
  /// How pixels are interpolated when the image is resized.
  public enum Interpolation: String, Sendable, CaseIterable {
    case bicubic, bilinear
  }

  /// What is done about images that are not square.
  public enum ResizeMode: String, Sendable, CaseIterable {
    /// The shorter side is brought to `size`, the longer one is cropped at the center.
    case shortest
    /// The longer side is brought to `size`, the shorter one is padded.
    case longest
    /// Both sides are brought to `size`, whatever that does to proportions.
    case squash
  }

  /// Where a crop begins when what is cut away is an odd number of pixels.
  public enum CropOffset: String, Sendable, CaseIterable {
    /// The half rounded to the nearest whole number, ties to even: torchvision's `CenterCrop`, open_clip's.
    case nearest
    /// The half rounded down: transformers' image processors.
    case down
  }

  /// Rows, and columns, of the result in pixels.
  public var size: Int
  /// Subtracted from red, green and blue, on a scale from 0 to 1.
  public var mean: [Float]
  /// Divides red, green and blue afterwards.
  public var std: [Float]
  /// How pixels are interpolated.
  public var interpolation: Interpolation
  /// What is done about images that are not square.
  public var resizeMode: ResizeMode
  /// The grey level, 0 to 255, of padding under ``ResizeMode/longest``.
  public var fillColor: Int
  /// Where a crop begins under ``ResizeMode/shortest``.
  public var cropOffset: CropOffset

  /// The statistics of OpenAI's training images, from its published code.
  public static let openAIMean: [Float] = [0.48145466, 0.4578275, 0.40821073]
  /// The standard deviations that belong to ``openAIMean``.
  public static let openAIStd: [Float] = [0.26862954, 0.26130258, 0.27577711]

  /// A preparation; the defaults are OpenAI's.
  public init(
    size: Int, mean: [Float] = openAIMean, std: [Float] = openAIStd, interpolation: Interpolation = .bicubic,
    resizeMode: ResizeMode = .shortest, fillColor: Int = 0, cropOffset: CropOffset = .nearest
  ) {
    self.size = size
    self.mean = mean
    self.std = std
    self.interpolation = interpolation
    self.resizeMode = resizeMode
    self.fillColor = fillColor
    self.cropOffset = cropOffset
  }

  /// What is assumed for a model where no file says. Source: open_clip 3.3's `pretrained.py`.
  package init(assumedFor model: CLIPConfiguration) {
    self.init(size: model.vision.imageSize)
    let isPerception = model.vision.poolType == .attention && model.vision.rotaryStartsWithColumns
    guard model.isSigLIP || isPerception else { return }
    mean = [0.5, 0.5, 0.5]
    std = mean
    resizeMode = .squash
    interpolation = isPerception ? .bilinear : .bicubic
  }

  /// The `preprocess_cfg` of an `open_clip_config.json`; what it leaves out has open_clip's defaults.
  /// - Parameter size: the model's image size, where the document gives none
  /// - Throws: ``InputError`` with the key's path.
  public init(openCLIP document: JSONValue, size standard: Int, unknownKeys: UnknownKeys = .refused) throws {
    let outer = try KeyReader(document)
    guard outer.value("preprocess_cfg") != nil else {
      self.init(size: standard)
      return
    }
    let reader = try outer.section("preprocess_cfg")
    if unknownKeys == .refused {
      try reader.refuseUnknown(
        besides: ["size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color", "crop_offset"])
    }
    if let mode = try reader.string("mode"), mode != "RGB" {
      throw InputError("the color mode \(mode.quoted()) is not supported", at: reader.location("mode"))
    }
    self.init(
      size: try reader.square("size", ShapeLimits.image, default: standard),
      mean: try reader.channels("mean", -1e3...1e3) ?? Self.openAIMean,
      std: try reader.channels("std", 1e-6...1e3) ?? Self.openAIStd,
      interpolation: try reader.choice("interpolation", default: .bicubic),
      resizeMode: try reader.choice("resize_mode", default: .shortest),
      fillColor: try reader.whole("fill_color", 0...255, default: 0),
      cropOffset: try reader.choice("crop_offset", default: .nearest))
  }

  /// open_clip's `preprocess_cfg`; `crop_offset` is this package's own key, which open_clip passes over.
  public func json() -> JSONValue {
    var object: JSONObject = [
      "size": .integer(size), "mode": "RGB", "mean": Self.list(mean), "std": Self.list(std),
      "interpolation": .string(interpolation.rawValue), "resize_mode": .string(resizeMode.rawValue),
      "fill_color": .integer(fillColor),
    ]
    if cropOffset != .nearest, resizeMode == .shortest { object["crop_offset"] = .string(cropOffset.rawValue) }
    return .object(object)
  }

  /// The preparation in one line, for notes.
  public var summary: String {
    let how =
      switch resizeMode {
      case .shortest: "shorter side to \(size) pixels, center crop"
      case .longest: "longer side to \(size) pixels, padded"
      case .squash: "both sides to \(size) pixels"
      }
    func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ", ") }
    let statistics =
      mean == Self.openAIMean && std == Self.openAIStd
      ? "OpenAI's mean and std" : "mean \(list(mean)), std \(list(std))"
    return "\(how), \(interpolation.rawValue), \(statistics)"
  }

  static func list(_ values: [Float]) -> JSONValue {
    .array(values.map { .number(Double("\($0)") ?? Double($0)) })
  }
}

extension KeyReader {
  /// Three numbers, one a color channel; one number counts for all three, as in open_clip.
  func channels(_ key: String, _ range: ClosedRange<Double>) throws -> [Float]? {
    guard let member = value(key) else { return nil }
    let list = member.arrayValue ?? [member, member, member]
    let numbers = list.compactMap(\.doubleValue).filter(range.contains)
    guard list.count == 3, numbers.count == 3 else {
      throw fault(key, "three numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return numbers.map { Float($0) }
  }
}
