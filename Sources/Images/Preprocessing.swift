internal import CCLIPVectorKernels

/// From a picture to a model's input, as open_clip's evaluation transform does: resize, crop, normalize.
///
///     output[c, y, x] = (pixel[y, x, c] / 255 - mean[c]) / standardDeviation[c]     in 32-bit floats, in this order
///
/// Source: open_clip 3.3.0, `transform.py`, with PIL pictures already in RGB. No EXIF orientation is applied here.
public struct Preprocessing: Equatable, Sendable {
  /// How a picture that is not square becomes square; open_clip's names.
  public enum ResizeMode: String, Sendable, CaseIterable {
    /// The shorter side becomes `imageSize`, the longer is cropped around its middle.
    case shortest
    /// Both sides become `imageSize`; proportions change.
    case squash
    /// The longer side becomes `imageSize`, the shorter is filled up with black on both sides.
    case longest
  }

  /// Rows and columns of the result.
  public var imageSize: Int
  /// Of red, green, blue, for samples from 0 to 1.
  public var mean: [Float]
  /// Of red, green, blue, for samples from 0 to 1; what is divided by.
  public var standardDeviation: [Float]
  /// The filter that resizes.
  public var interpolation: Interpolation
  /// How a picture that is not square becomes square.
  public var resizeMode: ResizeMode
  /// The grey level that `longest` fills with.
  public var fillColor: UInt8
  /// Whether a crop of an odd margin begins at its half rounded down, as in transformers, rather than to the nearest.
  public var cropsDown: Bool

  /// OpenAI's CLIP data set.
  public static let openAIMean: [Float] = [0.48145466, 0.4578275, 0.40821073]
  /// OpenAI's CLIP data set.
  public static let openAIStandardDeviation: [Float] = [0.26862954, 0.26130258, 0.27577711]
  /// SigLIP and other models that map samples to -1...1 ("inception" in timm).
  public static let inceptionMean: [Float] = [0.5, 0.5, 0.5]
  /// With ``inceptionMean`` samples come to lie in -1...1.
  public static let inceptionStandardDeviation: [Float] = [0.5, 0.5, 0.5]

  /// - Parameters:
  ///   - imageSize: rows and columns of the result, positive
  ///   - mean, standardDeviation: three values each
  public init(
    imageSize: Int, mean: [Float] = openAIMean, standardDeviation: [Float] = openAIStandardDeviation,
    interpolation: Interpolation = .bicubic, resizeMode: ResizeMode = .shortest, fillColor: UInt8 = 0,
    cropsDown: Bool = false
  ) {
    self.imageSize = imageSize
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.interpolation = interpolation
    self.resizeMode = resizeMode
    self.fillColor = fillColor
    self.cropsDown = cropsDown
  }

  /// OpenAI's CLIP models.
  public static func openAI(imageSize: Int = 224) -> Preprocessing { Preprocessing(imageSize: imageSize) }

  /// How many floats a picture becomes: `3 * imageSize * imageSize`.
  public var count: Int { 3 * imageSize * imageSize }

  /// The picture resized and cropped or padded, still 8-bit: `[imageSize, imageSize, 3]`.
  public func resizedAndCropped(_ image: PixelImage) -> PixelImage {
    let placement = placement(of: image)
    let size = imageSize
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      if placement.leavesMargin { target.initialize(repeating: fillColor) }
      if let target = target.baseAddress {
        let length = placement.window.columns.count * 3
        Resampling.forEachRow(of: placement.window, in: image, interpolation) { row, bytes in
          (target + ((row + placement.top) * size + placement.left) * 3).update(from: bytes, count: length)
        }
      }
      filled = count
    }
    return PixelImage(rows: size, columns: size, pixels: pixels)
  }

  /// The model's input, `[3, imageSize, imageSize]`.
  public func callAsFunction(_ image: PixelImage) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { output, filled in
      callAsFunction(image, into: UnsafeMutableBufferPointer(rebasing: output[..<count]))
      filled = count
    }
  }

  /// Writes the model's input, `[3, imageSize, imageSize]`, without keeping the 8-bit picture in between.
  /// - Parameter output: at least ``count`` floats; those beyond are left alone
  public func callAsFunction(_ image: PixelImage, into output: UnsafeMutableBufferPointer<Float>) {
    precondition(output.count >= count, "\(output.count) floats do not hold \(count)")
    guard let output = output.baseAddress else { return }
    let placement = placement(of: image)
    let plane = imageSize * imageSize
    let values = normalized
    values.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      if placement.leavesMargin {
        for channel in 0..<3 {
          (output + channel * plane).update(repeating: table[channel * 256 + Int(fillColor)], count: plane)
        }
      }
      let columns = placement.window.columns.count
      Resampling.forEachRow(of: placement.window, in: image, interpolation) { row, bytes in
        let red = output + (row + placement.top) * imageSize + placement.left
        rk_normalize_row(bytes, columns, table, red, red + plane, red + 2 * plane)
      }
    }
  }

  /// What every byte becomes in each channel, `[3, 256]`: the three roundings are torchvision's.
  var normalized: [Float] {
    precondition(mean.count == 3 && standardDeviation.count == 3, "mean and standard deviation need three values each")
    var table: [Float] = []
    table.reserveCapacity(3 * 256)
    for channel in 0..<3 {
      for byte in 0..<256 { table.append((Float(byte) / 255 - mean[channel]) / standardDeviation[channel]) }
    }
    return table
  }
}
