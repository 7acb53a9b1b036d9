/// Base 64, RFC 4648.
package enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8: UInt32] = Dictionary(
    uniqueKeysWithValues: digits.enumerated().map { ($1, UInt32($0)) })

  /// The bytes, or nil for a text that is none.
  package static func bytes(of text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    let filling = digits.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3)
    var block: UInt32 = 0
    for (place, digit) in digits.enumerated() {
      let isFilling = place >= digits.count - filling
      guard let value = isFilling ? 0 : values[digit] else { return nil }
      block = block << 6 | value
      if place % 4 == 3 {
        for shift in [UInt32(16), 8, 0] { bytes.append(UInt8(truncatingIfNeeded: block >> shift)) }
        block = 0
      }
    }
    bytes.removeLast(min(filling, bytes.count))
    return bytes
  }

  /// The text of bytes.
  package static func text(of bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      var block: UInt32 = 0
      for place in 0..<3 { block = block << 8 | UInt32(place < part.count ? part[start + place] : 0) }
      for place in 0..<4 {
        let digit = Self.digits[Int(block >> UInt32(18 - 6 * place) & 63)]
        text.append(place <= part.count ? digit : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
