/// MurmurHash3's 128-bit variant for 64-bit machines: fast and well mixed, but no protection against someone who wants
/// two inputs to collide.
///
/// Source: Austin Appleby, SMHasher, "MurmurHash3" (x64_128); tested against that suite's verification value.
package enum MurmurHash {
  private static let first: UInt64 = 0x87C3_7B91_1142_53D5
  private static let second: UInt64 = 0x4CF5_AD43_2745_937F

  /// The hash of some bytes; the low word is the algorithm's first.
  package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt128 {
    var low = UInt64(seed), high = UInt64(seed)
    let blocks = bytes.count / 16
    for block in 0..<blocks {
      low ^= scrambled(word(bytes, at: block * 16), first, 31, second)
      low = (rotated(low, 27) &+ high) &* 5 &+ 0x52DC_E729
      high ^= scrambled(word(bytes, at: block * 16 + 8), second, 33, first)
      high = (rotated(high, 31) &+ low) &* 5 &+ 0x3849_5AB5
    }
    let tail = bytes[(blocks * 16)...]
    high ^= scrambled(partialWord(tail.dropFirst(8)), second, 33, first)
    low ^= scrambled(partialWord(tail.prefix(8)), first, 31, second)

    low ^= UInt64(bytes.count)
    high ^= UInt64(bytes.count)
    low &+= high
    high &+= low
    low = finished(low)
    high = finished(high)
    low &+= high
    high &+= low
    return UInt128(high) << 64 | UInt128(low)
  }

  /// The hash of a text's UTF-8.
  package static func hash(_ text: String) -> UInt128 {
    var text = text
    return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Up to eight bytes, the first lowest; no bytes give zero, which `scrambled` keeps.
  private static func partialWord(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func scrambled(_ word: UInt64, _ before: UInt64, _ rotation: UInt64, _ after: UInt64)
    -> UInt64
  {
    rotated(word &* before, rotation) &* after
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 &- bits)
  }

  private static func finished(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ word &>> 33) &* 0xFF51_AFD7_ED55_8CCD
    word = (word ^ word &>> 33) &* 0xC4CE_B9FE_1A85_EC53
    return word ^ word &>> 33
  }
}
