internal import CLIPCompute

/// What went through each place where activations become 8-bit: the largest magnitude of each channel, then a histogram of
/// all up to the largest.
package final class RangeObserver {
  static let bins = 2048

  /// The largest magnitude of each channel, by site; empty before anything was seen.
  private(set) var channels: [[Float]]
  /// Magnitudes by bin of `largest / bins`; empty in the first pass.
  private(set) var histograms: [[Int]]
  /// Of each site, channels divided by their equalizers; empty but in the second pass.
  private let largest: [Float]
  /// Rows that are kept; nil but in a third pass.
  private(set) var samples: InputSamples?
  /// The sequences that pass.
  var group = 0..<0

  /// The first pass: magnitudes only.
  init(sites: Int) {
    channels = Array(repeating: [], count: sites)
    histograms = []
    largest = []
  }

  /// The second pass.
  init(largest: [Float]) {
    channels = []
    self.largest = largest
    histograms = largest.map { _ in Array(repeating: 0, count: Self.bins) }
  }

  /// A third pass, for weights of few bits.
  init(samples: InputSamples) {
    channels = []
    histograms = []
    largest = []
    self.samples = samples
  }

  /// - Parameters:
  ///   - x: `[rows, channels]`
  ///   - equalizer: what each channel is divided by; empty for ones
  func record(_ site: Int, _ x: some Matrix, equalizer: [Float] = []) {
    guard samples == nil else {
      samples?.add(site, x.reading, of: group)
      return
    }
    if largest.isEmpty { recordChannels(site, x.reading) } else { count(site, x.reading, equalizer) }
  }

  private func recordChannels(_ site: Int, _ x: ReadOnlyMatrix) {
    if channels[site].isEmpty { channels[site] = Array(repeating: 0, count: x.columns) }
    channels[site].withUnsafeMutableBufferPointer { most in
      for row in 0..<x.rows {
        let source = x.start + row * x.stride
        for column in 0..<x.columns {
          let value = abs(source[column])
          // Not a number is larger than anything, so that it is found.
          if !(value <= most[column]) { most[column] = value.isNaN ? .infinity : value }
        }
      }
    }
  }

  private func count(_ site: Int, _ x: ReadOnlyMatrix, _ equalizer: [Float]) {
    let scale = largest[site] > 0 ? Float(Self.bins) / largest[site] : 0
    let factors = equalizer.isEmpty ? Array(repeating: scale, count: x.columns) : equalizer.map { scale / $0 }
    histograms[site].withUnsafeMutableBufferPointer { counts in
      for row in 0..<x.rows {
        let source = x.start + row * x.stride
        for column in 0..<x.columns { counts[min(Int(abs(source[column]) * factors[column]), Self.bins - 1)] += 1 }
      }
    }
  }

  func add(_ other: RangeObserver) {
    if let more = other.samples { samples?.add(more) }
    for site in channels.indices {
      if channels[site].isEmpty {
        channels[site] = other.channels[site]
      } else if !other.channels[site].isEmpty {
        for channel in channels[site].indices {
          channels[site][channel] = max(channels[site][channel], other.channels[site][channel])
        }
      }
    }
    for site in histograms.indices {
      for bin in 0..<Self.bins { histograms[site][bin] += other.histograms[site][bin] }
    }
  }
}
