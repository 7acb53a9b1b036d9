import CLIPFiles

/// Reads a ZIP archive's central directory.
struct ZipDirectory {
  let bytes: UnsafeRawBufferPointer

  struct Entry {
    let name: String
    let method: Int
    let flags: Int
    let packedSize: Int
    let size: Int
    let headerPosition: Int
    let checksum: UInt32
  }

  private enum Signature {
    static let local: UInt32 = 0x0403_4B50
    static let central: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50
  }

  /// The directory's entries.
  func entries(limit: Int) throws -> [Entry] {
    let directory = try locate()
    guard directory.count <= limit else { throw fault("\(directory.count) members are more than \(limit)") }
    var entries: [Entry] = []
    var position = directory.start
    for _ in 0..<directory.count {
      let entry = try entry(at: &position, before: directory.start + directory.size)
      // Members are never written to disk, but a name like this has no business in a checkpoint.
      guard !entry.name.hasPrefix("/"), !entry.name.contains("\\"),
        !entry.name.split(separator: "/", omittingEmptySubsequences: false).contains("..")
      else {
        throw InputError("a member's name leads out of the archive", at: entry.name)
      }
      entries.append(entry)
    }
    return entries
  }

  /// An entry's bytes, after its own header was checked.
  func member(_ entry: Entry) throws -> ZipArchive.Member {
    guard entry.flags & 1 == 0 else {
      throw InputError("encrypted archives are not supported", at: entry.name)
    }
    guard entry.method == 0 || entry.method == 8 else {
      throw InputError(
        "the compression method \(entry.method) is not supported", at: entry.name,
        advice: "only stored and deflated are")
    }
    let header = entry.headerPosition
    guard try number32(header) == Signature.local else { throw fault("a member has no header") }
    let nameLength = try number16(header + 26)
    let extraLength = try number16(header + 28)
    let start = header + 30 + nameLength + extraLength
    guard start <= bytes.count, entry.packedSize <= bytes.count - start else {
      throw InputError("lies beyond the end of the file", at: entry.name, advice: "fetch the file again")
    }
    guard bytes[header + 30..<header + 30 + nameLength].elementsEqual(entry.name.utf8) else {
      throw InputError("the directory and the member's header disagree about its name", at: entry.name)
    }
    guard entry.method == 8 || entry.size == entry.packedSize else {
      throw InputError(
        "is stored in \(entry.packedSize) bytes where \(entry.size) are declared", at: entry.name)
    }
    return ZipArchive.Member(
      name: entry.name, isDeflated: entry.method == 8,
      packed: UnsafeRawBufferPointer(rebasing: bytes[start..<start + entry.packedSize]), size: entry.size,
      checksum: entry.checksum)
  }

  /// Finds the directory through the record at the archive's end, which a comment may follow.
  private func locate() throws -> (start: Int, size: Int, count: Int) {
    var end = bytes.count - 22
    let lowest = max(0, bytes.count - 22 - 0xFFFF)
    while end >= lowest, try number32(end) != Signature.end { end -= 1 }
    guard end >= lowest else {
      throw fault("the end of the archive is missing", advice: "fetch the file again")
    }
    var count = try number16(end + 10)
    var size = Int(try number32(end + 12))
    var start = Int(try number32(end + 16))
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      guard end >= 20, try number32(end - 20) == Signature.locator64 else {
        throw fault("no ZIP64 directory")
      }
      let record = try number64(end - 12)
      guard record <= bytes.count - 56, try number32(record) == Signature.end64 else {
        throw fault("no ZIP64 directory")
      }
      count = try number64(record + 32)
      size = try number64(record + 40)
      start = try number64(record + 48)
    }
    guard size <= bytes.count, start <= bytes.count - size else {
      throw fault("the directory lies beyond the end of the file", advice: "fetch the file again")
    }
    return (start, size, count)
  }

  private func entry(at position: inout Int, before end: Int) throws -> Entry {
    let start = position
    guard end - start >= 46, try number32(start) == Signature.central else {
      throw fault("the directory is corrupt")
    }
    var packedSize = Int(try number32(start + 20))
    var size = Int(try number32(start + 24))
    var header = Int(try number32(start + 42))
    let nameLength = try number16(start + 28)
    let extraLength = try number16(start + 30)
    let commentLength = try number16(start + 32)
    let name = start + 46
    let extra = name + nameLength
    position = extra + extraLength + commentLength
    guard position <= end else { throw fault("the directory is corrupt") }
    guard let text = String(validating: bytes[name..<extra], as: UTF8.self) else {
      throw fault("a member's name is not UTF-8")
    }
    // Fields that do not fit into 32 bits stand in an extra record, in this order.
    var field = extra
    while field + 4 <= extra + extraLength {
      let kind = try number16(field)
      let length = try number16(field + 2)
      field += 4
      guard length <= extra + extraLength - field else { throw fault("the directory is corrupt") }
      if kind == 1 {
        var wide = field
        func next() throws -> Int {
          guard wide + 8 <= field + length else { throw fault("a ZIP64 record is too short") }
          defer { wide += 8 }
          return try number64(wide)
        }
        if size == 0xFFFF_FFFF { size = try next() }
        if packedSize == 0xFFFF_FFFF { packedSize = try next() }
        if header == 0xFFFF_FFFF { header = try next() }
      }
      field += length
    }
    guard header <= bytes.count - 30 else { throw fault("a member lies beyond the end of the file") }
    return Entry(
      name: text, method: try number16(start + 10), flags: try number16(start + 8), packedSize: packedSize,
      size: size, headerPosition: header, checksum: try number32(start + 16))
  }

  private func fault(_ problem: String, advice: String? = nil) -> InputError {
    InputError("not a sound ZIP archive: \(problem)", advice: advice)
  }

  private func number16(_ position: Int) throws -> Int { Int(try load(position, as: UInt16.self)) }
  private func number32(_ position: Int) throws -> UInt32 { try load(position, as: UInt32.self) }

  /// A 64-bit number that also fits into an `Int` and is no larger than any file.
  private func number64(_ position: Int) throws -> Int {
    guard let number = Int(exactly: try load(position, as: UInt64.self)), number < 1 << 56 else {
      throw fault("a size of more than 2^56 bytes")
    }
    return number
  }

  private func load<Number: FixedWidthInteger>(_ position: Int, as type: Number.Type) throws -> Number {
    guard position >= 0, position <= bytes.count - MemoryLayout<Number>.size else {
      throw fault("it is cut short")
    }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
  }
}
