import CLIPFiles

/// One 512-byte header block of a tar archive.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format" (base-256 numbers, types
/// L and K).
struct TarHeader {
  /// What follows the header.
  enum Kind: Equatable {
    case file
    /// A folder, device or pipe: no data follows.
    case other
    /// Another name of a file in the archive, or of one anywhere: no data follows.
    case hardLink, symbolicLink
    /// A GNU long name for the next member.
    case longName
    /// A pax header for the next member.
    case extended
    /// Data that says nothing about a file's content: global pax headers, long link names, volume labels.
    case ignored
    /// A file stored with its holes left out.
    case sparse
  }

  static let blockSize = 512

  let kind: Kind
  let name: String
  /// What a link points to.
  let linkName: String
  /// The bytes of data that follow, before padding.
  let size: Int

  /// - Parameter block: exactly 512 bytes
  /// - Throws: ``InputError`` without a place when the block is no header or its size cannot be a size.
  init(_ block: UnsafeRawBufferPointer) throws {
    guard block.count == Self.blockSize, Self.checksumMatches(block) else {
      throw InputError("not a tar header: its checksum does not match")
    }
    var name = Self.text(block, 0..<100)
    let isPOSIX = block[257..<263].elementsEqual("ustar\0".utf8)
    if isPOSIX {
      let prefix = Self.text(block, 345..<500)
      if !prefix.isEmpty { name = "\(prefix)/\(name)" }
    }
    self.name = name
    linkName = Self.text(block, 157..<257)
    kind =
      switch block[156] {
      // Before POSIX a folder was a file whose name ends in a slash.
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): name.utf8.last == UInt8(ascii: "/") ? .other : .file
      case UInt8(ascii: "1"): .hardLink
      case UInt8(ascii: "2"): .symbolicLink
      case UInt8(ascii: "3")...UInt8(ascii: "6"): .other
      case UInt8(ascii: "L"): .longName
      case UInt8(ascii: "x"): .extended
      case UInt8(ascii: "S"): .sparse
      default: .ignored
      }
    size = try Self.number(block, 124..<136)
  }

  /// The sum of the block's bytes with the checksum field taken as spaces; early tars summed signed bytes.
  private static func checksumMatches(_ block: UnsafeRawBufferPointer) -> Bool {
    guard let stated = try? number(block, 148..<156) else { return false }
    var sum = 8 * 0x20, high = 0
    for index in 0..<148 { sum += Int(block[index]); high += Int(block[index] >> 7) }
    for index in 156..<blockSize { sum += Int(block[index]); high += Int(block[index] >> 7) }
    return stated == sum || stated == sum - 256 * high
  }

  private static func text(_ block: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
    let field = UnsafeRawBufferPointer(rebasing: block[range])
    let end = field.firstIndex(of: 0) ?? field.count
    return String(decoding: field[..<end], as: UTF8.self)
  }

  /// An octal number between spaces or NULs, or a big-endian base-256 number marked by the first byte's top bit.
  private static func number(_ block: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> Int {
    let field = UnsafeRawBufferPointer(rebasing: block[range])
    if field[0] & 0x80 != 0 {
      guard field[0] & 0x40 == 0 else { throw InputError("a negative size") }
      var value = Int(field[0] & 0x3F)
      for byte in field[1...] {
        guard value >> 54 == 0 else { throw InputError("a size beyond 2^62 bytes") }
        value = value << 8 | Int(byte)
      }
      return value
    }
    var value = 0, isInside = false
    for byte in field {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        value = value << 3 | Int(byte - UInt8(ascii: "0"))
        isInside = true
      case 0x20, 0:
        if isInside { return value }
        if byte == 0 { return 0 }
      default: throw InputError("a size that is no octal number")
      }
    }
    return value
  }
}
