import CLIPFiles

/// One file inside an archive.
struct TarMember {
  /// The name without a leading `./`.
  let name: String
  /// Where its first header begins, a long name's or pax header's included.
  let offset: Int
  /// Where its data lies in the archive.
  let data: Range<Int>
  /// Why it cannot be used.
  let fault: String?
  /// Whether it is no file but a link to one.
  var isLink = false
}

/// Walks through a mapped tar archive from member to member, looking at headers only.
struct TarReader {
  let map: MemoryMap
  private var position: Int
  private var end: Int { map.bytes.count }

  private static let maximumHeaderBytes = 1 << 20
  /// How far behind the end mark more members are looked for; tar pads to 10 KiB.
  private static let maximumPadding = 1 << 20

  /// - Parameter position: where a member's first header begins
  init(_ map: MemoryMap, from position: Int = 0) {
    self.map = map
    self.position = position
  }

  /// The next regular file or link, or nil at the archive's end mark. Folders and devices are passed over.
  /// - Throws: ``InputError`` naming archive and member when a header is damaged or the archive is cut short.
  mutating func next() throws -> TarMember? {
    var start = position
    var longName: String?, pax = PaxFields()
    while try !isAtEndMark() {
      let header = try header()
      let data = try dataRange(header, size: header.kind == .file ? pax.size ?? header.size : header.size)
      position =
        data.upperBound + (TarHeader.blockSize - data.count % TarHeader.blockSize) % TarHeader.blockSize
      switch header.kind {
      case .longName: longName = String(decoding: try small(data).prefix { $0 != 0 }, as: UTF8.self)
      case .extended: try readPax(data, into: &pax)
      case .ignored: break
      case .other:
        start = position
        (longName, pax) = (nil, PaxFields())
      case .hardLink, .symbolicLink:
        let isHard = header.kind == .hardLink
        return TarMember(
          name: Self.withoutLeadingDot(pax.path ?? longName ?? header.name), offset: start, data: data,
          fault: "is a \(isHard ? "hard" : "symbolic") link to \(header.linkName.quoted(limit: 100)); pack with tar "
            + (isHard ? "--hard-dereference" : "--dereference"), isLink: true)
      case .file, .sparse:
        let name = pax.path ?? longName ?? header.name
        let isSparse = header.kind == .sparse || pax.isSparse
        return TarMember(
          name: Self.withoutLeadingDot(name), offset: start, data: data,
          fault: isSparse ? "is stored as a sparse file" : Self.fault(ofName: name))
      }
    }
    return nil
  }

  /// Why a name is refused: nothing is ever unpacked, but an archive with such names was not made as data.
  private static func fault(ofName name: String) -> String? {
    if name.utf8.first == UInt8(ascii: "/") { return "its name is an absolute path" }
    if name.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) {
      return "its name leads out of the archive with \"..\""
    }
    return nil
  }

  private static func withoutLeadingDot(_ name: String) -> String {
    name.utf8.starts(with: "./".utf8) ? String(name.dropFirst(2)) : name
  }

  private func header() throws -> TarHeader {
    guard end - position >= TarHeader.blockSize else {
      throw damage("the archive ends inside a header", advice: "it was cut short: fetch it again")
    }
    do { return try TarHeader(block(at: position)) } catch let error as InputError {
      if position == 0 { throw notAnArchive() }
      throw damage("byte \(position): \(error.problem)", advice: "the archive is damaged: fetch it again")
    }
  }

  private func block(at offset: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: map.bytes[offset..<(offset + TarHeader.blockSize)])
  }

  private func dataRange(_ header: TarHeader, size: Int) throws -> Range<Int> {
    let first = position + TarHeader.blockSize
    if [.other, .hardLink, .symbolicLink].contains(header.kind) { return first..<first }
    guard size <= end - first else {
      throw InputError(
        "expected \(size) bytes of data, but the archive ends after \(end - first)", file: map.path,
        at: "member \(header.name.quoted(limit: 200))", advice: "it was cut short or damaged: fetch it again")
    }
    return first..<(first + size)
  }

  /// The data of a header member, which is held in memory and so has a limit.
  private func small(_ range: Range<Int>) throws -> UnsafeRawBufferPointer {
    guard range.count <= Self.maximumHeaderBytes else {
      throw damage("byte \(range.lowerBound): an extended header of \(range.count) bytes", advice: nil)
    }
    return UnsafeRawBufferPointer(rebasing: map.bytes[range])
  }

  private func readPax(_ range: Range<Int>, into pax: inout PaxFields) throws {
    do { try pax.read(small(range)) } catch let error as InputError where error.file == nil {
      throw damage(
        "byte \(range.lowerBound): \(error.problem)", advice: "the archive is damaged: fetch it again")
    }
  }

  /// Whether the position is at the zero blocks that close an archive.
  private func isAtEndMark() throws -> Bool {
    guard position < end else {
      if position == 0 {
        throw InputError("is empty, not a tar archive", file: map.path, advice: "fetch it again")
      }
      throw damage(
        "the archive ends without its end mark",
        advice: "it was cut short: fetch it again, or repack it with tar")
    }
    guard end - position >= TarHeader.blockSize, map.bytes[position] == 0,
      block(at: position).allSatisfy({ $0 == 0 })
    else { return false }
    // Archives joined with cat go on after the mark; what follows would be lost without a word.
    var next = position + TarHeader.blockSize
    let last = min(end, next + Self.maximumPadding)
    while next + TarHeader.blockSize <= last, block(at: next).allSatisfy({ $0 == 0 }) {
      next += TarHeader.blockSize
    }
    if next + TarHeader.blockSize <= end, (try? TarHeader(block(at: next))) != nil {
      throw damage(
        "byte \(next): more members after the end mark",
        advice: "join archives with tar -A, or name them both with ::")
    }
    return true
  }

  private func notAnArchive() -> InputError {
    guard let content = FileContent.foreign(map.bytes) else {
      return InputError(
        "is not a tar archive", file: map.path, advice: "check that the download was not an error page")
    }
    return InputError("is \(content.description), not a tar archive", file: map.path, advice: content.advice)
  }

  private func damage(_ problem: String, advice: String?) -> InputError {
    InputError(problem, file: map.path, advice: advice)
  }
}

/// What a pax header says about the next member: records of `LENGTH KEY=VALUE\n`.
private struct PaxFields {
  var path: String?
  var size: Int?
  var isSparse = false

  mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while let first = rest.first, first != 0 {
      guard let space = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count
      else { throw InputError("a pax record with a wrong length") }
      let record = rest[(space + 1)..<(rest.startIndex + length)]
      rest = rest[(rest.startIndex + length)...]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")), record.last == UInt8(ascii: "\n"),
        equals < record.endIndex - 1
      else { throw InputError("a pax record without a key or an end") }
      let value = record[(equals + 1)..<(record.endIndex - 1)]
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": path = String(decoding: value, as: UTF8.self)
      case "size":
        guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0, number < 1 << 62 else {
          throw InputError("a pax size that is no size")
        }
        size = number
      case let key: if key.hasPrefix("GNU.sparse") { isSparse = true }
      }
    }
  }
}
