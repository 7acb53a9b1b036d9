extension RandomNumberGenerator {
  /// Uniform in `[0, 1)`, a multiple of 2⁻⁵³; the same for the same bits on every platform.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform between two numbers.
  mutating func uniform(from lower: Double, to upper: Double) -> Double { lower + (upper - lower) * unit() }

  /// Uniform in `0...last`, within a share of `last` in 2⁶⁴.
  mutating func integer(upTo last: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(last) + 1).high)
  }

  /// True in `probability` of the cases.
  mutating func happens(_ probability: Double) -> Bool { unit() < probability }
}
