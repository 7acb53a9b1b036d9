import CLIPCompute
import CLIPSystem

/// A measured figure with its standard error, for draws beside those of the carbon.
public struct MeasuredError: Equatable, Sendable {
  /// What was measured.
  public let mean: Double
  /// Its standard error.
  public let standardError: Double

  /// A figure.
  public init(mean: Double, standardError: Double) {
    self.mean = mean
    self.standardError = standardError
  }

  /// Streams of the carbon's own inputs end before this.
  private static let firstStream: UInt64 = 1 << 16

  /// What it may truly be, one a draw: normal around the mean.
  /// - Parameters:
  ///   - stream: figures that err independently have streams of their own
  ///   - seed: of the study beside which it is drawn
  public func draws(stream: Int, count: Int, seed: UInt64 = 0) -> [Double] {
    guard standardError > 0 else { return [Double](repeating: mean, count: count) }
    var random = Philox(
      seed: seed, purpose: .uncertainty, index: Self.firstStream + UInt64(truncatingIfNeeded: stream))
    return (0..<count).map { _ in
      let first = (Double(random.nextWord()) + 0.5) * 0x1p-32, second = (Double(random.nextWord()) + 0.5) * 0x1p-32
      return mean + standardError * (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
    }
  }
}
