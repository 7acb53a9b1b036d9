/// Checksums and lengths put right again after a change, so that what lies behind them is reached too.
enum Seals {
  /// CRC-32 as ZIP, gzip and PNG count it: ISO 3309, polynomial 0xEDB88320.
  static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
    return ~crc
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  private static func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
    guard at >= 0, at + count <= bytes.count else { return nil }
    return (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }

  /// The sums of a PNG file's chunks.
  static func png(_ bytes: inout [UInt8]) {
    var at = 8
    while at + 12 <= bytes.count {
      let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - at - 12 else { return }
      let sum = crc32(bytes[at + 4..<at + 8 + length])
      bytes.replaceSubrange(at + 8 + length..<at + 12 + length, with: little(UInt64(sum), 4).reversed())
      at += 12 + length
    }
  }

  /// The sums of a tar file's headers.
  static func tar(_ bytes: inout [UInt8]) {
    var at = 0
    while at + 512 <= bytes.count {
      let header = bytes[at..<at + 512]
      if header.contains(where: { $0 != 0 }) {
        let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        let octal = String(sum, radix: 8)
        let field = String(repeating: "0", count: max(0, 6 - octal.count)) + octal + "\0 "
        bytes.replaceSubrange(at + 148..<at + 156, with: Array(field.utf8.prefix(8)))
      }
      let size = Int(
        String(decoding: header[(at + 124)..<(at + 136)].filter { (48...55).contains($0) }, as: UTF8.self), radix: 8)
      guard let size, size < bytes.count else { return }
      at += 512 + (size + 511) / 512 * 512
    }
  }

  /// The sums of a ZIP archive's stored members, as its directory finds them.
  static func zip(_ bytes: inout [UInt8]) {
    guard bytes.count >= 22 else { return }
    var at = 0
    while at + 46 <= bytes.count {
      guard bytes[at] == 0x50, bytes[at + 1] == 0x4B, bytes[at + 2] == 1, bytes[at + 3] == 2 else {
        at += 1
        continue
      }
      if let method = number(bytes, at + 10, 2), method == 0, let size = number(bytes, at + 20, 4),
        let header = number(bytes, at + 42, 4), let name = number(bytes, header + 26, 2),
        let extra = number(bytes, header + 28, 2), header + 30 + name + extra + size <= bytes.count
      {
        let start = header + 30 + name + extra
        let sum = little(UInt64(crc32(bytes[start..<start + size])), 4)
        bytes.replaceSubrange(at + 16..<at + 20, with: sum)
        bytes.replaceSubrange(header + 14..<header + 18, with: sum)
      }
      at += 46
    }
  }

  /// Bytes as a gzip file of stored blocks.
  static func gzip(_ contents: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var at = 0
    repeat {
      let count = min(65_535, contents.count - at)
      result.append(at + count == contents.count ? 1 : 0)
      result += little(UInt64(count), 2) + little(UInt64(~UInt16(count)), 2) + contents[at..<at + count]
      at += count
    } while at < contents.count
    return result + little(UInt64(crc32(contents)), 4) + little(UInt64(contents.count), 4)
  }
}
