/// What training does to a picture before it is normalized: open_clip's `--aug-cfg`.
///
///     random crop, resized to the model's square -> [mirrored] -> [color jitter] -> [gray] -> normalized
///
/// The steps in brackets happen with their probability. The defaults are open_clip's: a crop of nine tenths of the
/// area or more, and nothing else. Size, interpolation, mean and standard deviation are those of the
/// ``Preprocessing`` that applies it; its resize mode is not used, as in open_clip.
///
/// Source: open_clip 3.3.0, `transform.py` without timm (which ignores `ratio` there; here it counts), and
/// torchvision's `RandomResizedCrop`, `ColorJitter`, `Grayscale` on PIL pictures.
public struct Augmentation: Sendable, Equatable {
  /// The crop's share of the picture's area, above 0 and up to 1; `scale`.
  public var scale: ClosedRange<Double>
  /// The crop's columns divided by its rows, above 0, uniform in its logarithm; `ratio`.
  public var ratio: ClosedRange<Double>
  /// By how much colors may change; `color_jitter`.
  public var colorJitter: ColorJitter?
  /// How often they do, 0 to 1; `color_jitter_prob`.
  public var colorJitterProbability: Double
  /// How often a picture loses its colors, 0 to 1; `gray_scale_prob`.
  public var grayScaleProbability: Double
  /// How often left and right are exchanged, 0 to 1; open_clip has no such step, and captions may name sides.
  public var horizontalFlipProbability: Double

  /// open_clip's defaults unless told; ``validate()`` says whether the values make sense.
  public init(
    scale: ClosedRange<Double> = 0.9...1, ratio: ClosedRange<Double> = 3.0 / 4...4.0 / 3,
    colorJitter: ColorJitter? = nil, colorJitterProbability: Double = 0, grayScaleProbability: Double = 0,
    horizontalFlipProbability: Double = 0
  ) {
    self.scale = scale
    self.ratio = ratio
    self.colorJitter = colorJitter
    self.colorJitterProbability = colorJitterProbability
    self.grayScaleProbability = grayScaleProbability
    self.horizontalFlipProbability = horizontalFlipProbability
  }
}

/// By how much a picture's colors may change; torchvision's `ColorJitter`. Zero leaves that side of them alone.
///
/// The four changes come in a random order. Brightness mixes the picture with black, contrast with its mean gray,
/// saturation with its own gray version: `result = other + factor * (picture - other)`.
public struct ColorJitter: Sendable, Equatable {
  /// The factor is uniform in `max(0, 1 - brightness)...1 + brightness`.
  public var brightness: Double
  /// The factor is uniform in `max(0, 1 - contrast)...1 + contrast`.
  public var contrast: Double
  /// The factor is uniform in `max(0, 1 - saturation)...1 + saturation`.
  public var saturation: Double
  /// The hue turns by a share of the full circle that is uniform in `-hue...hue`; at most 0.5.
  public var hue: Double

  /// Leaves alone what is not named.
  public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }
}
