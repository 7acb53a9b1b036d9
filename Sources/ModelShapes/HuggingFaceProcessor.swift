public import CLIPFiles

extension PreprocessConfiguration {
  /// What a Hugging Face image processor does, from its settings: a `preprocessor_config.json`, or the
  /// `image_processor` of a `processor_config.json`.
  ///
  /// The class that `image_processor_type` (once `feature_extractor_type`) names decides what is left out, and whether
  /// a bare number is the shorter side or both. Source: transformers 5.24, `image_processing_backends.py`.
  /// - Parameters:
  ///   - size: the model's image size, where the settings give none
  ///   - path: where the settings stand in their file, for messages
  /// - Throws: ``InputError`` with the key's path when it asks for steps that are not computed here.
  public init(huggingFace document: JSONValue, size standard: Int, at path: String = "") throws {
    let reader = try KeyReader(document, path: path)
    let processor = try HuggingFaceProcessor.named(by: reader)
    guard try reader.flag("do_resize", default: true) else {
      throw InputError("leaving this step out is not supported", at: reader.location("do_resize"))
    }
    let resize = try reader.resizing(processor, standard)
    if try reader.flag("do_center_crop", default: processor.crops) {
      let crop = try reader.side("crop_size") ?? (reader.value("size") == nil ? resize.size : processor.cropSize)
      guard resize.size == crop else {
        throw InputError(
          "resizing to \(resize.size) pixels and cropping to \(crop) is not supported",
          at: reader.location("crop_size"), advice: "only equal sizes are")
      }
    } else if resize.mode == .shortest {
      throw InputError(
        "pictures that keep their proportions and are not cropped are not square; this is not supported",
        at: reader.location("do_center_crop"))
    }
    let interpolation: Interpolation
    switch try reader.whole("resample", 0...5, default: processor.resample) {
    case 3: interpolation = .bicubic
    case 2: interpolation = .bilinear
    default: throw reader.fault("resample", "3 (bicubic) or 2 (bilinear)")
    }
    let (mean, std) = try reader.normalization(processor)
    self.init(
      size: resize.size, mean: mean, std: std, interpolation: interpolation, resizeMode: resize.mode,
      cropOffset: .down)
  }
}

/// What the image processors of transformers do unless their settings say otherwise.
struct HuggingFaceProcessor {
  /// The class, without `Fast`.
  let name: String
  /// Pillow's number of the resampling filter: 3 is bicubic, 2 bilinear.
  var resample = 3
  var mean = PreprocessConfiguration.openAIMean
  var std = PreprocessConfiguration.openAIStd
  var size = 224
  /// Whether both sides become `size`, whatever that does to proportions.
  var squashes = false
  /// Whether a `size` that is one number means both sides.
  var takesNumberForBoth = false
  var crops = true
  var cropSize = 224

  private static let half: [Float] = [0.5, 0.5, 0.5]

  /// Source: transformers 5.24, `models/*/image_processing_*.py`.
  static let all: [HuggingFaceProcessor] = [
    HuggingFaceProcessor(name: "CLIPImageProcessor"),
    HuggingFaceProcessor(name: "ChineseCLIPImageProcessor"),
    HuggingFaceProcessor(name: "BitImageProcessor"),
    HuggingFaceProcessor(
      name: "ViTImageProcessor", resample: 2, mean: half, std: half, squashes: true, takesNumberForBoth: true,
      crops: false),
    HuggingFaceProcessor(name: "SiglipImageProcessor", mean: half, std: half, squashes: true, crops: false),
    HuggingFaceProcessor(
      name: "DeiTImageProcessor", mean: half, std: half, size: 256, squashes: true, takesNumberForBoth: true),
    HuggingFaceProcessor(
      name: "BlipImageProcessor", size: 384, squashes: true, takesNumberForBoth: true, crops: false),
  ]

  /// The class that the settings name; CLIP's where they name none, as transformers has it for CLIP models.
  static func named(by reader: KeyReader) throws -> HuggingFaceProcessor {
    let key = reader.value("image_processor_type") == nil ? "feature_extractor_type" : "image_processor_type"
    guard let given = try reader.string(key) else {
      if reader.value("auto_map") != nil {
        throw InputError("an image processor with code of its own is not supported", at: reader.location("auto_map"))
      }
      return all[0]
    }
    var name = given.replacing("FeatureExtractor", with: "ImageProcessor")
    for ending in ["Fast", "Pil"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
    guard let known = all.first(where: { $0.name == name }) else {
      throw InputError(
        "the image processor \(given.quoted()) is not supported", at: reader.location(key),
        advice: "one of: " + all.map(\.name).joined(separator: ", "))
    }
    return known
  }
}

extension KeyReader {
  /// Keys of steps that are not computed here; they stand in some processors' settings, mostly as false or null.
  private static let otherSteps = [
    "do_pad", "do_thumbnail", "do_align_long_axis", "do_flip_channel_order", "do_grayscale", "do_color_quantize",
    "do_image_splitting", "crop_pct", "rescale_offset",
  ]

  /// `size`: one number, `{"shortest_edge": 224}`, `{"height": 224, "width": 224}` or `[224, 224]`.
  fileprivate func resizing(
    _ processor: HuggingFaceProcessor, _ standard: Int
  ) throws -> (size: Int, mode: PreprocessConfiguration.ResizeMode) {
    try refuse(Self.otherSteps) { "the step \($0) is not supported" }
    // KOSMOS-2's: the class's own size, squashed.
    if processor.name == "CLIPImageProcessor", try flag("use_square_size") { return (processor.size, .squash) }
    guard let given = value("size") else {
      // The class's own size counts where a crop is given without one.
      return (value("crop_size") == nil ? standard : processor.size, processor.squashes ? .squash : .shortest)
    }
    if given.arrayValue != nil { return (try square("size", ShapeLimits.image), .squash) }
    guard given.objectValue != nil else {
      let isBoth = try flag("default_to_square", default: processor.takesNumberForBoth)
      return (try whole("size", ShapeLimits.image), isBoth ? .squash : .shortest)
    }
    let sides = try section("size")
    try sides.refuse(["longest_edge", "max_height", "max_width"]) { "a size with \($0) is not supported" }
    if sides.value("shortest_edge") != nil, sides.value("height") == nil {
      return (try sides.whole("shortest_edge", ShapeLimits.image), .shortest)
    }
    try sides.refuse(["shortest_edge"]) { "a size with \($0) beside height and width is not supported" }
    return (try sides.equalSides(), .squash)
  }

  /// `crop_size`, in the same forms; nil where it is not given.
  fileprivate func side(_ key: String) throws -> Int? {
    guard let given = value(key) else { return nil }
    guard given.objectValue != nil else { return try square(key, ShapeLimits.image) }
    let sides = try section(key)
    if sides.value("shortest_edge") != nil { return try sides.whole("shortest_edge", ShapeLimits.image) }
    return try sides.equalSides()
  }

  private func equalSides() throws -> Int {
    let height = try whole("height", ShapeLimits.image)
    let width = try whole("width", ShapeLimits.image)
    guard height == width else {
      throw InputError("only square sizes are supported, found \(height) x \(width)", at: path)
    }
    return height
  }

  /// Mean and deviation for samples from 0 to 1, whatever scale the processor brings them to:
  /// `(factor * byte - mean) / std` is `(byte / 255 - mean / (255 factor)) / (std / (255 factor))`.
  fileprivate func normalization(_ processor: HuggingFaceProcessor) throws -> (mean: [Float], std: [Float]) {
    let given = try number("rescale_factor", 1e-6...1e3, default: 1 / 255.0)
    let scale = try flag("do_rescale", default: true) ? given * 255 : 255
    var mean: [Float] = [0, 0, 0], std: [Float] = [1, 1, 1]
    if try flag("do_normalize", default: true) {
      mean = try channels("image_mean", -1e3...1e3) ?? processor.mean
      std = try channels("image_std", 1e-6...1e3) ?? processor.std
    }
    // The usual factor is 1/255, written with some rounding.
    if abs(scale - 1) < 1e-6 { return (mean, std) }
    return (mean.map { Float(Double($0) / scale) }, std.map { Float(Double($0) / scale) })
  }
}
