import CLIPCompute
package import CLIPModelShapes

/// Which gates an image tower has: one for each channel of its stream, one for each head, one for each hidden unit, numbered in
/// this order.
///
/// Channels have none where the tower ends without a projection: then its width is the embedding's.
package struct MaskGates: Sendable, Equatable {
  /// Of the stream's channels; empty where they stay.
  package let channels: Range<Int>
  /// For each layer, of its heads.
  package let heads: [Range<Int>]
  /// For each layer, of its hidden units.
  package let units: [Range<Int>]
  /// How many there are.
  package let count: Int
  /// Streams of random numbers of this purpose from here on are the gates', one a step.
  private static let firstStream: UInt64 = 1 << 40

  /// All of them.
  var range: Range<Int> { 0..<count }

  /// The gates of a tower.
  package init(_ tower: VisionConfiguration) {
    var next = 0
    func take(_ count: Int) -> Range<Int> {
      defer { next += count }
      return next..<next + count
    }
    channels = take(tower.projType == .none ? 0 : tower.width)
    heads = tower.headsPerLayer.map(take)
    units = tower.mlpWidth.map(take)
    count = next
  }

  /// Draws all gates: the same ones for a seed and a step.
  ///
  /// If all channels came out closed, the surest of them is opened: a stream of nothing has no norm.
  /// - Returns: values, and their slopes along `log alpha`
  package func draw(
    _ logAlphas: [Double], _ distribution: HardConcrete, seed: UInt64, step: Int
  ) -> (values: [Double], slopes: [Double]) {
    var random = Philox(seed: seed, purpose: .pruning, index: Self.firstStream + UInt64(step))
    var values = [Double](repeating: 0, count: count), slopes = values
    for index in 0..<count {
      // In the middle of its interval, so that it is neither 0 nor 1.
      let uniform = Double(random.uniform()) + 0x1p-25
      (values[index], slopes[index]) = distribution.gate(logAlphas[index], uniform: uniform)
    }
    if !channels.isEmpty, channels.allSatisfy({ values[$0] == 0 }),
      let surest = channels.max(by: { logAlphas[$0] < logAlphas[$1] })
    {
      values[surest] = 1
    }
    return (values, slopes)
  }

  /// Sums of something over the gates: of the channels, of each layer's heads, of each layer's units.
  /// - Parameter width: of the tower, where channels have no gates
  func sums(_ values: [Double], width: Int) -> ExpectedCost.Sizes {
    func sum(_ range: Range<Int>) -> Double { values[range].reduce(0, +) }
    return ExpectedCost.Sizes(
      width: channels.isEmpty ? Double(width) : sum(channels), heads: heads.map(sum), units: units.map(sum))
  }
}
