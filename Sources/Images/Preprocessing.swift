import VectorKernels

/// What stands between a picture and a model: resize, crop, normalization, to the bit as open_clip's evaluation
/// transform does it for a picture already converted to RGB.
public struct Preprocessing: Equatable, Sendable {
  /// How a picture of another shape becomes a square.
  public enum ResizeMode: String, CaseIterable, Sendable {
    /// The shorter side becomes the square's, and the middle is kept.
    case shortest
    /// Both sides become the square's.
    case squash
    /// The longer side becomes the square's, and the rest is filled.
    case longest
  }

  /// Rows, and columns, of the result.
  public var imageSize: Int
  /// Subtracted from each channel, of values in [0, 1].
  public var mean: [Float]
  /// Each channel is divided by it.
  public var standardDeviation: [Float]
  public var interpolation: Interpolation
  public var resizeMode: ResizeMode
  /// What `longest` fills with.
  public var fillColor: UInt8
  private let table: [Float]

  /// OpenAI CLIP's statistics of its training pictures.
  public static let openAIMean: [Float] = [0.48145466, 0.4578275, 0.40821073]
  public static let openAIStandardDeviation: [Float] = [0.26862954, 0.26130258, 0.27577711]

  public init(
    imageSize: Int, mean: [Float] = openAIMean, standardDeviation: [Float] = openAIStandardDeviation,
    interpolation: Interpolation = .bicubic, resizeMode: ResizeMode = .shortest, fillColor: UInt8 = 0
  ) {
    precondition(imageSize > 0 && mean.count == 3 && standardDeviation.count == 3, "three channels and a size above 0")
    self.imageSize = imageSize
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.interpolation = interpolation
    self.resizeMode = resizeMode
    self.fillColor = fillColor
    table = (0..<3).flatMap { channel in
      // In float32 and in this order, as torchvision's ToTensor and Normalize.
      (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
    }
  }

  /// The square before normalization.
  public func resizedAndCropped(_ image: PixelImage) -> PixelImage {
    let size = imageSize
    switch resizeMode {
    case .squash:
      return Resampling.resize(image, toRows: size, columns: size, interpolation: interpolation)
    case .shortest:
      let (rows, columns) = Self.scaled(image, shorter: size)
      let top = Self.cropOffset(rows, size), left = Self.cropOffset(columns, size)
      return Resampling.resize(
        image, toRows: rows, columns: columns,
        keeping: PixelBox(rows: top..<top + size, columns: left..<left + size), interpolation: interpolation)
    case .longest:
      let ratio = Double(max(image.rows, image.columns)) / Double(size)
      func side(_ length: Int) -> Int { max(1, Int((Double(length) / ratio).rounded(.toNearestOrEven))) }
      let resized = Resampling.resize(
        image, toRows: side(image.rows), columns: side(image.columns), interpolation: interpolation)
      return resized.padded(to: size, fill: fillColor)
    }
  }

  /// The normalized square.
  ///
  /// - Parameter target: `[3, imageSize, imageSize]`: red, then green, then blue
  public func callAsFunction(_ image: PixelImage, into target: UnsafeMutableBufferPointer<Float>) {
    let pixels = imageSize * imageSize
    precondition(target.count == 3 * pixels, "the target holds \(target.count) elements, not \(3 * pixels)")
    guard let start = target.baseAddress else { return }
    rk_look_up_planes(resizedAndCropped(image).pixels, table, start, pixels)
  }

  /// The normalized square, `[3, imageSize, imageSize]`.
  public func callAsFunction(_ image: PixelImage) -> [Float] {
    [Float](unsafeUninitializedCapacity: 3 * imageSize * imageSize) { target, count in
      self(image, into: UnsafeMutableBufferPointer(rebasing: target[..<(3 * imageSize * imageSize)]))
      count = 3 * imageSize * imageSize
    }
  }

  /// The size after the shorter side has become `size`; the longer is cut to a whole number, as torchvision does.
  private static func scaled(_ image: PixelImage, shorter size: Int) -> (rows: Int, columns: Int) {
    let short = min(image.rows, image.columns), long = max(image.rows, image.columns)
    let other = size * long / short
    return image.rows <= image.columns ? (size, other) : (other, size)
  }

  /// Half of what is cut off, halves rounded to even, as Python's `round`.
  private static func cropOffset(_ length: Int, _ size: Int) -> Int {
    Int((Double(length - size) / 2).rounded(.toNearestOrEven))
  }
}

extension PixelImage {
  /// The picture in the middle of a square.
  fileprivate func padded(to size: Int, fill: UInt8) -> PixelImage {
    guard rows != size || columns != size else { return self }
    var square = [UInt8](repeating: fill, count: size * size * 3)
    let top = (size - rows) / 2, left = (size - columns) / 2
    for row in 0..<rows {
      let from = row * columns * 3, to = ((top + row) * size + left) * 3
      square.replaceSubrange(to..<to + columns * 3, with: pixels[from..<from + columns * 3])
    }
    return PixelImage(rows: size, columns: size, pixels: square)
  }
}
