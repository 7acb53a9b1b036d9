internal import Compute

/// What went through each place where activations become 8-bit: the largest magnitude, then a histogram up to it.
package final class RangeObserver {
  static let bins = 2048

  /// Of each site; 0 before anything was seen.
  var largest: [Float]
  /// Magnitudes by bin of `largest / bins`; empty in the first pass.
  var histograms: [[Int]]
  private let isCounting: Bool

  /// The first pass: magnitudes only.
  init(sites: Int) {
    largest = Array(repeating: 0, count: sites)
    histograms = []
    isCounting = false
  }

  /// The second pass.
  init(largest: [Float]) {
    self.largest = largest
    histograms = largest.map { _ in Array(repeating: 0, count: Self.bins) }
    isCounting = true
  }

  func record(_ site: Int, _ x: MatrixView) {
    if isCounting {
      let scale = largest[site] > 0 ? Float(Self.bins) / largest[site] : 0
      histograms[site].withUnsafeMutableBufferPointer { counts in
        for row in 0..<x.rows {
          let source = x.start + row * x.stride
          for column in 0..<x.columns { counts[min(Int(abs(source[column]) * scale), Self.bins - 1)] += 1 }
        }
      }
    } else {
      var most = largest[site]
      for row in 0..<x.rows {
        let source = x.start + row * x.stride
        for column in 0..<x.columns {
          let value = abs(source[column])
          // Not a number is larger than anything, so that it is found.
          if !(value <= most) { most = value.isNaN ? .infinity : value }
        }
      }
      largest[site] = most
    }
  }

  func add(_ other: RangeObserver) {
    for site in largest.indices { largest[site] = max(largest[site], other.largest[site]) }
    for site in histograms.indices {
      for bin in 0..<Self.bins { histograms[site][bin] += other.histograms[site][bin] }
    }
  }
}
