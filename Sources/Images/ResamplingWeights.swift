/// How a new sample gathers the old ones around it.
public enum Interpolation: String, Sendable, CaseIterable {
  /// Keys' cubic convolution with a = -0.5.
  case bicubic
  /// The triangle.
  case bilinear

  /// How far the filter reaches at a reduction factor of one, in samples.
  var support: Double {
    switch self {
    case .bicubic: 2
    case .bilinear: 1
    }
  }

  /// The filter's value, with the operations in PIL's order so that the last bit is the same.
  func value(at position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    }
  }
}

/// One axis of a resize: for each new sample, where its old samples start and their weights in 22-bit fixed point.
///
///     center = (i + 0.5) * scale,  scale = old / new,  reach = support * max(scale, 1)
///     weight[t] = filter((start + t - center + 0.5) / max(scale, 1)), normalized to sum 1, times 2^22, rounded
///
/// Source: PIL's `Resample.c` (`precompute_coeffs`, `normalize_coeffs_8bpc`), whose bytes this reproduces.
struct ResamplingWeights {
  /// The first old sample of each new one, and how many there are.
  private(set) var starts: [Int32] = []
  private(set) var counts: [Int] = []
  /// `[new samples, taps]`; past a sample's count the weights are zero.
  private(set) var weights: [Int32] = []
  /// Weights a sample, a multiple of four.
  let taps: Int
  /// The old samples that any of the new ones needs.
  let needed: Range<Int>

  /// - Parameters:
  ///   - old, new: the axis's samples before and after
  ///   - range: the new samples that are wanted; the others cost nothing
  init(from old: Int, to new: Int, only range: Range<Int>, _ interpolation: Interpolation) {
    let scale = Double(old) / Double(new)
    let stretch = max(scale, 1)
    let reach = interpolation.support * stretch
    var bounds: [(start: Int, count: Int)] = []
    bounds.reserveCapacity(range.count)
    var widest = 0
    var last = 0
    for index in range {
      let center = (Double(index) + 0.5) * scale
      let start = max(Int(center - reach + 0.5), 0)
      let count = min(Int(center + reach + 0.5), old) - start
      bounds.append((start, count))
      widest = max(widest, count)
      last = max(last, start + count)
    }
    taps = (widest + 3) / 4 * 4
    needed = (bounds.first?.start ?? 0)..<last
    starts = bounds.map { Int32($0.start) }
    counts = bounds.map(\.count)
    weights = [Int32](repeating: 0, count: taps * bounds.count)
    let inverse = 1 / stretch
    var values = [Double](repeating: 0, count: widest)
    for (place, (index, bound)) in zip(range, bounds).enumerated() {
      let center = (Double(index) + 0.5) * scale
      var sum = 0.0
      for tap in 0..<bound.count {
        let value = interpolation.value(at: (Double(tap + bound.start) - center + 0.5) * inverse)
        values[tap] = value
        sum += value
      }
      for tap in 0..<bound.count {
        let value = sum == 0 ? values[tap] : values[tap] / sum
        weights[place * taps + tap] = Int32(value * 4_194_304 + (value < 0 ? -0.5 : 0.5))  // 2^22
      }
    }
  }
}
