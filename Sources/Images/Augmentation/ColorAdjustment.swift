internal import CCLIPVectorKernels

/// One change of a picture's colors, with PIL's 8-bit arithmetic.
package enum ColorAdjustment: Equatable, Sendable {
  /// Mixes with black: 0 is black, 1 the picture itself, 2 twice as bright.
  case brightness(Double)
  /// Mixes with the mean of the picture's gray levels, rounded to a whole number.
  case contrast(Double)
  /// Mixes each pixel with its gray level.
  case saturation(Double)
  /// Turns the hue by a share of the full circle, -0.5...0.5: by `int(255 * share)` 256ths, as torchvision does.
  case hue(Double)
  /// Leaves the gray levels only, in all three channels.
  case grayScale

  /// Changes `[count, 3]` bytes of red, green and blue in place.
  ///
  /// Source: PIL's `ImageEnhance`, `Image.blend` (which cuts off, and does not round) and conversions to "L" and
  /// "HSV"; torchvision's `adjust_hue`. All 2²⁴ colors agree.
  func apply(to pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    switch self {
    case .brightness(let factor):
      ck_blend_with_constant(pixels, 3 * count, 0, Float(factor))
    case .contrast(let factor):
      guard count > 0 else { return }
      let mean = UInt8(Double(ck_gray_sum(pixels, count)) / Double(count) + 0.5)
      ck_blend_with_constant(pixels, 3 * count, mean, Float(factor))
    case .saturation(let factor):
      ck_blend_with_gray(pixels, count, Float(factor))
    case .hue(let share):
      let bounded = share > -1 && share < 1 ? share : 0
      ck_shift_hue(pixels, count, UInt8(truncatingIfNeeded: Int(bounded * 255)))
    case .grayScale:
      ck_blend_with_gray(pixels, count, 0)
    }
  }
}

extension PixelImage {
  /// The picture after some changes, in their order.
  package func adjusted(_ adjustments: [ColorAdjustment]) -> PixelImage {
    var result = self
    result.pixels.withUnsafeMutableBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      for adjustment in adjustments { adjustment.apply(to: start, count: bytes.count / 3) }
    }
    return result
  }
}
