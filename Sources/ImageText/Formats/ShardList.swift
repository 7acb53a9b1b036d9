import CLIPFiles

/// The tar files that a path stands for.
///
///     data/train/{00000..00012}.tar     a range, with its leading zeros kept
///     data/{a,b}-0.tar::more/0.tar      alternatives; `::` joins lists
///     data/val                          a folder: its *.tar files, sorted by their bytes
package enum ShardList {
  /// The most names a pattern may stand for.
  package static let maximumNames = 1 << 17
  private static let maximumDepth = 16

  /// The names a pattern stands for, in order; the files need not exist.
  /// - Throws: ``InputError`` when a brace has no partner or the names are too many.
  package static func expand(_ pattern: String) throws -> [String] {
    var names: [String] = []
    for part in split(pattern) {
      names += try alternatives(of: Array(part.utf8), in: pattern, depth: 0).map {
        String(decoding: $0, as: UTF8.self)
      }
      try checkCount(names.count, in: pattern)
    }
    return names
  }

  /// The parts between `::`.
  private static func split(_ pattern: String) -> [String] {
    var parts: [[UInt8]] = [[]]
    var bytes = Array(pattern.utf8)[...]
    while let byte = bytes.first {
      if bytes.starts(with: "::".utf8) {
        parts.append([])
        bytes.removeFirst(2)
      } else {
        parts[parts.count - 1].append(byte)
        bytes.removeFirst()
      }
    }
    return parts.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func checkCount(_ count: Int, in pattern: String) throws {
    guard count <= maximumNames else {
      throw InputError(
        "\(pattern.quoted()) stands for more than \(maximumNames) files", advice: "name a folder instead")
    }
  }

  private static func alternatives(of text: [UInt8], in pattern: String, depth: Int) throws -> [[UInt8]] {
    guard let open = text.firstIndex(of: UInt8(ascii: "{")) else {
      guard !text.contains(UInt8(ascii: "}")) else { throw unbalanced(pattern) }
      return [text]
    }
    guard depth < maximumDepth, !text[..<open].contains(UInt8(ascii: "}")) else { throw unbalanced(pattern) }
    var level = 0
    var commas: [Int] = []
    var close: Int?
    for index in open..<text.count {
      switch text[index] {
      case UInt8(ascii: "{"): level += 1
      case UInt8(ascii: "}"):
        level -= 1
        if level == 0 { close = index }
      case UInt8(ascii: ","): if level == 1 { commas.append(index) }
      default: break
      }
      if close != nil { break }
    }
    guard let close else { throw unbalanced(pattern) }
    let inside = Array(text[(open + 1)..<close])
    var middles: [[UInt8]] = []
    if commas.isEmpty {
      middles = try range(String(decoding: inside, as: UTF8.self), in: pattern)
    } else {
      var start = open + 1
      for end in commas + [close] {
        middles += try alternatives(of: Array(text[start..<end]), in: pattern, depth: depth + 1)
        try checkCount(middles.count, in: pattern)
        start = end + 1
      }
    }
    let tails = try alternatives(of: Array(text[(close + 1)...]), in: pattern, depth: depth + 1)
    let (count, overflows) = middles.count.multipliedReportingOverflow(by: tails.count)
    try checkCount(overflows ? Int.max : count, in: pattern)
    let head = Array(text[..<open])
    return middles.flatMap { middle in tails.map { head + middle + $0 } }
  }

  /// The numbers of `00..12`, padded to the longer bound where one begins with a zero; counts down as well as up.
  private static func range(_ text: String, in pattern: String) throws -> [[UInt8]] {
    let bounds = text.split(separator: ".", omittingEmptySubsequences: false)
    let isNumeric = { (bound: Substring) in
      !bound.isEmpty && bound.utf8.count <= 18 && bound.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard bounds.count == 3, bounds[1].isEmpty, isNumeric(bounds[0]), isNumeric(bounds[2]),
      let first = Int(bounds[0]), let last = Int(bounds[2])
    else {
      throw InputError(
        "cannot expand {\(text)} in \(pattern.quoted())", advice: "write {0000..0012} or {train,val}")
    }
    try checkCount(abs(last - first) + 1, in: pattern)
    let isPadded = [bounds[0], bounds[2]].contains { $0.utf8.count > 1 && $0.first == "0" }
    let width = isPadded ? max(bounds[0].utf8.count, bounds[2].utf8.count) : 0
    let numbers = first <= last ? Array(first...last) : (last...first).reversed()
    return numbers.map { number in
      let digits = Array(String(number).utf8)
      return Array(repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }
  }

  private static func unbalanced(_ pattern: String) -> InputError {
    InputError("the braces of \(pattern.quoted()) do not match", advice: "write {0000..0012} or {train,val}")
  }
}

extension ShardList {
  /// Whether a path is a list of shards: a pattern, a tar file by content or name, or a folder with some inside.
  static func recognizes(_ path: String, _ options: DataSetOptions) -> Bool {
    if Folder.containsFile(path) { return FileContent.isTar(path) || isShardName(path) }
    if isShardName(path) && !Folder.exists(path) || path.contains("::") { return true }
    // A pattern whose names were never .tar: each file will say what it is.
    if path.contains("{"), !Folder.exists(path), (try? expand(path))?.contains(where: Folder.containsFile) == true {
      return true
    }
    guard Folder.exists(path) else { return false }
    return !tarFiles(in: path).isEmpty || !tarFiles(in: "\(path)/\(options.splitOrTest)").isEmpty
      || !splits(in: path).isEmpty
  }

  /// The shards that a path stands for, all of which exist.
  /// - Throws: ``InputError`` naming the first that is missing.
  static func resolve(_ path: String, _ options: DataSetOptions) throws -> [String] {
    var shards: [String] = []
    // A file or folder whose own name holds braces is meant as it stands.
    let isLiteral = Folder.exists(path) || Folder.containsFile(path)
    for name in try isLiteral ? [path] : expand(path) {
      if Folder.exists(name) {
        shards += try shardsOfFolder(name, options)
      } else {
        guard Folder.containsFile(name) else {
          let packed = packings.map { "\(name)\($0)" }.first(where: Folder.containsFile)
          throw InputError(
            "no such shard", file: name,
            advice: packed.map { "\(Folder.name(of: $0)) is there: unpack it first" }
              ?? "check the path; the list is \(path.quoted())")
        }
        shards.append(name)
      }
      guard shards.count <= maximumNames else {
        throw InputError("holds more than \(maximumNames) shards", file: path)
      }
    }
    guard !shards.isEmpty else { throw InputError("names no tar file", file: path) }
    return shards
  }

  private static let packings = [".gz", ".zst", ".xz", ".bz2", ".lz4"]

  private static func shardsOfFolder(_ folder: String, _ options: DataSetOptions) throws -> [String] {
    // A split asked for by name comes first; otherwise a folder with shards is itself the split.
    let inside = "\(folder)/\(options.splitOrTest)"
    let places = options.split == nil ? [folder, inside] : [inside, folder]
    let place = places.first { !tarFiles(in: $0).isEmpty } ?? folder
    let shards = tarFiles(in: place)
    guard !shards.isEmpty else {
      let splits = splits(in: folder)
      throw InputError(
        "no *.tar here nor in \(options.splitOrTest)/", file: folder,
        advice: splits.isEmpty ? nil : "choose a split: \(splits.joined(separator: ", "))")
    }
    let plain = Set(shards)
    let packed = ((try? Folder.names(in: place)) ?? []).filter { name in
      packings.contains { name.hasSuffix(".tar\($0)") && !plain.contains("\(place)/\(name.dropLast($0.count))") }
        && !name.hasPrefix(".")
    }
    if let first = packed.first {
      throw InputError(
        "holds compressed shards beside plain ones (\(packed.count), such as \(first.quoted(limit: 40)))", file: place,
        advice: "unpack them first, or move them out")
    }
    // CLIP_benchmark's builder notes how many shards there should be.
    if let text = try? TextFile.text(of: "\(place)/nshards.txt", limit: 64),
      let expected = Int(text.filter { !$0.isWhitespace }), expected != shards.count
    {
      throw InputError(
        "nshards.txt says \(expected) shards, found \(shards.count)", file: place,
        advice: "fetch the missing ones")
    }
    return shards
  }

  private static func tarFiles(in folder: String) -> [String] {
    guard let names = try? Folder.names(in: folder) else { return [] }
    return names.filter { isShardName($0) && !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
      .filter { Folder.containsFile($0) }
  }

  private static func isShardName(_ name: String) -> Bool { name.lowercased().hasSuffix(".tar") }

  private static func splits(in folder: String) -> [String] {
    guard let names = try? Folder.names(in: folder) else { return [] }
    return names.filter { !tarFiles(in: "\(folder)/\($0)").isEmpty }
  }
}
