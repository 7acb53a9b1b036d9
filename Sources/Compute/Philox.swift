internal import CLIPSystem

/// Random numbers that depend on a seed, a purpose and a position only: a counter goes in, four words come out.
///
/// Philox 4x32-10. Any element of a stream can be had without those before it, so work may be split over threads
/// and resumed anywhere with the same numbers.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3 and
/// table 2; tested against the known answers of the authors' Random123 distribution.
public struct Philox: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let stream: (UInt32, UInt32)
  private var block: UInt64 = 0
  private var buffered: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var left = 0

  /// What random numbers are for; two purposes with the same seed share no numbers.
  public enum Purpose: UInt32, Sendable {
    /// First weights of models and of distillation's projections.
    case parameters = 1
    /// The order of training samples.
    case shuffling = 2
    /// Augmentation, and the choice among a sample's captions.
    case augmentation = 3
    /// Procedural scenes.
    case scenes = 4
    /// The captions of procedural scenes, and which pairs and captions a calibration takes.
    case captions = 5
    /// Standard errors of recall.
    case bootstrap = 6
    /// The proposals of search strategies.
    case search = 7
    case test = 8
    /// Scores by chance or noise, and which tokens statistics look at.
    case pruning = 9
    /// Draws of a carbon study's inputs.
    case uncertainty = 10
    /// Inputs of a model whose time is measured.
    case measuring = 20
  }

  /// - Parameters:
  ///   - seed: the user's seed
  ///   - purpose: keeps the streams of different uses apart
  ///   - index: which stream of that purpose: a sample's or a parameter's number
  public init(seed: UInt64, purpose: Purpose, index: UInt64 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32) ^ (purpose.rawValue << 24))
    stream = (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32))
  }

  /// The bijection itself: ten rounds over a counter of four words under a key of two.
  public static func block(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for round in 0..<10 {
      if round > 0 { k0 &+= 0x9E37_79B9; k1 &+= 0xBB67_AE85 }
      let p0 = UInt64(0xD251_1F53) * UInt64(c0), p1 = UInt64(0xCD9E_8D57) * UInt64(c2)
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
    }
    return (c0, c1, c2, c3)
  }

  /// The next 32 random bits.
  public mutating func nextWord() -> UInt32 {
    if left == 0 {
      let low = UInt32(truncatingIfNeeded: block), high = UInt32(truncatingIfNeeded: block >> 32)
      buffered = Philox.block(counter: (low, high, stream.0, stream.1), key: key)
      block &+= 1
      left = 4
    }
    left -= 1
    switch left {
    case 3: return buffered.0
    case 2: return buffered.1
    case 1: return buffered.2
    default: return buffered.3
    }
  }

  /// The next 64 random bits: two words, the low one first.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return UInt64(nextWord()) << 32 | low
  }

  /// Uniform in `[0, 1)`, a multiple of 2⁻²⁴.
  public mutating func uniform() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

  /// Uniform in the half-open range.
  public mutating func uniform(in range: Range<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform in `0..<count`, without bias (Lemire's method, arXiv:1805.10941).
  public mutating func integer(below count: Int) -> Int {
    precondition(count > 0 && count <= Int(UInt32.max), "count must be in 1...2³²-1")
    let bound = UInt32(count)
    let threshold = (0 &- bound) % bound
    while true {
      let product = UInt64(nextWord()) * UInt64(bound)
      if UInt32(truncatingIfNeeded: product) >= threshold { return Int(product >> 32) }
    }
  }

  /// Standard normal, by Box and Muller's method.
  public mutating func normal() -> Float {
    let radius = (-2 * log1p(-Double(uniform()))).squareRoot()
    return Float(radius * cos(2 * .pi * Double(uniform())))
  }

  /// Shuffles in place (Fisher and Yates): the same order for the same seed on every platform.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, integer(below: last + 1)) }
  }
}
