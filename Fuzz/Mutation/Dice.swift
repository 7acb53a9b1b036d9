/// Random numbers that depend on the seed, the reader and the case alone, so that a case can be made again.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014): SplitMix64.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, reader: String, case number: Int) {
    state = seed
    for byte in reader.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    state ^= UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number from 0 to `count - 1`; 0 where `count` is not positive.
  mutating func below(_ count: Int) -> Int { count > 0 ? Int.random(in: 0..<count, using: &self) : 0 }

  /// Whether one of `count` equal chances fell.
  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// A stretch of a sequence so long: mostly short, sometimes all of it.
  mutating func stretch(of count: Int) -> Range<Int> {
    guard count > 0 else { return 0..<0 }
    let start = below(count), longest = oneIn(8) ? count - start : min(count - start, 16)
    return start..<start + 1 + below(longest)
  }
}
