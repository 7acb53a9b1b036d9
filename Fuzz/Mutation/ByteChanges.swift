/// Changes that know nothing of the format.
enum ByteChanges {
  private static let numbers: [UInt64] = [
    0, 1, 2, 7, 8, 16, 31, 63, 64, 100, 127, 128, 255, 256, 1000, 4095, 4096, 32767, 32768, 65535, 65536, 0xFF_FFFF,
    0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
    0xFFFF_FFFF_FFFF_FFFF,
  ]

  /// Changes bytes once.
  /// - Parameter other: another input of the same reader, to take parts from
  static func apply(_ bytes: inout [UInt8], other: [UInt8], _ dice: inout Dice) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(dice.below(256))) }
    let at = dice.below(bytes.count)
    switch dice.below(12) {
    case 0: bytes[at] ^= 1 << UInt8(dice.below(8))
    case 1: bytes[at] = dice.pick([0, 1, 0x7F, 0x80, 0xFF, 0x20, 0x0A, UInt8(dice.below(256))])
    case 2, 3: overwrite(&bytes, at, &dice)
    case 4: bytes.removeSubrange(dice.stretch(of: bytes.count))
    case 5: bytes.insert(contentsOf: Array(bytes[dice.stretch(of: bytes.count)]), at: at)
    case 6: bytes.insert(contentsOf: (0..<1 + dice.below(16)).map { _ in UInt8(dice.below(256)) }, at: at)
    case 7: bytes.removeLast(bytes.count - at)
    case 8, 9:
      guard !other.isEmpty else { return }
      bytes.replaceSubrange(dice.stretch(of: bytes.count), with: other[dice.stretch(of: other.count)])
    case 10:
      let first = dice.stretch(of: bytes.count), part = Array(bytes[first])
      bytes.removeSubrange(first)
      bytes.insert(contentsOf: part, at: dice.below(bytes.count + 1))
    default:
      let part = bytes[dice.stretch(of: bytes.count)]
      let times = min(1 + dice.below(dice.oneIn(8) ? 4096 : 16), 65536 / max(1, part.count))
      bytes.insert(contentsOf: Array(repeatElement(part, count: max(1, times)).joined()), at: at)
    }
  }

  /// Puts a number that is often a limit over 1 to 8 bytes, in either order of bytes.
  private static func overwrite(_ bytes: inout [UInt8], _ at: Int, _ dice: inout Dice) {
    let width = min(1 << dice.below(4), bytes.count - at)
    var number = dice.pick(numbers)
    if dice.oneIn(4) { number = number &+ UInt64(dice.below(5)) &- 2 }
    let isLittle = dice.oneIn(2)
    for place in 0..<width {
      let shift = UInt64(isLittle ? 8 * place : 8 * (width - 1 - place))
      bytes[at + place] = UInt8(truncatingIfNeeded: number >> shift)
    }
  }
}
