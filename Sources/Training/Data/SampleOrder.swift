import CLIPCompute

/// Where a run stands in its data: the epoch, how many of its batches have been taken, and how many samples were drawn
/// for them. Without unusable samples the last is the batches' size times their number.
public struct DataPosition: Sendable, Equatable {
  /// Whole epochs that lie behind, and so the number of this one, from 0.
  public var epoch = 0
  /// Batches taken in this epoch.
  public var batches = 0
  /// Samples drawn in this epoch, unusable ones too.
  public var drawn = 0

  /// A place in the data; a run starts at the first epoch's first sample.
  public init(epoch: Int = 0, batches: Int = 0, drawn: Int = 0) {
    self.epoch = epoch
    self.batches = batches
    self.drawn = drawn
  }
}

/// The order in which samples are drawn: another permutation each epoch, from the seed alone, so that a run can be
/// taken up anywhere.
///
/// Up to ``shuffledCount`` samples are shuffled as a list. Beyond that, where a list would cost gigabytes (procedural data
/// has as many samples as one asks for), a keyed bijection on the numbers does the same.
struct SampleOrder {
  /// The most samples whose permutation is held as a list.
  static let shuffledCount = 1 << 24

  let count: Int
  private let seed: UInt64
  private var epoch = -1
  private var permutation: [Int32] = []

  init(count: Int, seed: UInt64) {
    self.count = count
    self.seed = seed
  }

  /// The sample at a place of an epoch.
  mutating func sample(_ place: Int, of epoch: Int) -> Int {
    if count > Self.shuffledCount { return bijection(place, epoch) }
    if epoch != self.epoch {
      permutation = Array(0..<Int32(count))
      var random = Philox(seed: seed, purpose: .shuffling, index: UInt64(epoch))
      random.shuffle(&permutation)
      self.epoch = epoch
    }
    return Int(permutation[place])
  }

  /// A Feistel network over the next even power of two, walked until it lands among the samples.
  ///
  /// Source: J. Black and P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, section 4 (cycle walking).
  private func bijection(_ place: Int, _ epoch: Int) -> Int {
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    let half = UInt64((bits + 1) / 2), mask = (UInt64(1) << half) - 1
    var value = UInt64(place)
    repeat {
      var left = value >> half, right = value & mask
      for round in 0..<4 {
        let word = Philox.block(
          counter: (
            UInt32(truncatingIfNeeded: right), UInt32(truncatingIfNeeded: right >> 32), UInt32(round), UInt32(epoch)
          ),
          key: (
            UInt32(truncatingIfNeeded: seed),
            UInt32(truncatingIfNeeded: seed >> 32) ^ Philox.Purpose.shuffling.rawValue << 24
          ))
        (left, right) = (right, left ^ (UInt64(word.0) & mask))
      }
      value = left << half | right
    } while value >= UInt64(count)
    return Int(value)
  }
}
