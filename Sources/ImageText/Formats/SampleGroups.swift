import CLIPFiles

/// The members of an archive that make up one sample: `dir/000012.jpg`, `dir/000012.txt`, `dir/000012.json`.
///
/// They stand next to each other and share a key: the name up to the first dot of its last part. What follows that dot
/// says what the member is.
struct SampleGroup {
  let key: String
  /// Where the group's first header begins.
  let offset: Int
  var image: Range<Int>?
  var text: Range<Int>?
  var json: Range<Int>?
  var label: Range<Int>?
  /// The first few kinds of member found, for messages.
  var kinds: [String] = []
  /// Why the sample cannot be used.
  var fault: String?

  init(_ key: String, at offset: Int) {
    self.key = key
    self.offset = offset
  }

  mutating func add(_ member: TarMember, kind: String) {
    if kinds.count < 8 { kinds.append(kind) }
    if let problem = member.fault, fault == nil, !member.isLink || Self.used.contains(kind) {
      fault = "member \(member.name.quoted(limit: 200)): \(problem)"
    }
    if member.isLink { return }
    switch kind {
    case "jpg", "jpeg", "png", "webp": set(\.image, member)
    case "txt": set(\.text, member)
    case "json": set(\.json, member)
    case "cls": set(\.label, member)
    default: break
    }
  }

  private static let images: Set<String> = ["jpg", "jpeg", "png", "webp"]
  private static let used = images.union(["txt", "json", "cls"])

  /// Why there is no image, of what was found.
  var missingImage: String {
    let found = kinds.map { String($0.prefix(20)) }.joined(separator: ", ")
    // `0001.input.jpg`, `22.05.jpg`: the rest of the name looks like an image's.
    let isComposite = kinds.contains { kind in
      kind.contains(".") && Self.images.contains(String(kind.split(separator: ".").last ?? ""))
    }
    return "no jpg, jpeg, png or webp (found \(found)"
      + (isComposite ? "; the key ends at the first dot of a name: rename the members)" : ")")
  }

  private mutating func set(_ field: WritableKeyPath<SampleGroup, Range<Int>?>, _ member: TarMember) {
    if self[keyPath: field] != nil, fault == nil {
      fault =
        field == \.image
        ? "two images share one key" : "member \(member.name.quoted(limit: 200)) stands twice"
    }
    self[keyPath: field] = member.data
  }
}

/// Walks through an archive from sample to sample.
struct SampleGroups {
  private var reader: TarReader
  private var pending: (member: TarMember, key: String, kind: String)?

  /// - Parameter offset: where a group's first header begins
  init(_ map: MemoryMap, from offset: Int = 0) { reader = TarReader(map, from: offset) }

  /// The next group, or nil at the archive's end.
  mutating func next() throws -> SampleGroup? {
    if pending == nil { pending = try nextNamed() }
    guard let first = pending else { return nil }
    var group = SampleGroup(first.key, at: first.member.offset)
    group.add(first.member, kind: first.kind)
    pending = try nextNamed()
    while let following = pending, following.key == group.key {
      group.add(following.member, kind: following.kind)
      pending = try nextNamed()
    }
    return group
  }

  /// The next member with a key. Hidden files, files without a dot and webdataset's own `__notes__` have none.
  private mutating func nextNamed() throws -> (member: TarMember, key: String, kind: String)? {
    while let member = try reader.next() {
      let bytes = member.name.utf8
      let base = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
      guard let dot = bytes[base...].firstIndex(of: UInt8(ascii: ".")), dot != base else { continue }
      if bytes[base...].starts(with: "__".utf8), bytes[..<dot].suffix(2).elementsEqual("__".utf8) { continue }
      let kind = String(member.name[bytes.index(after: dot)...])
      return (member, String(member.name[..<dot]), kind.lowercased())
    }
    return nil
  }
}
