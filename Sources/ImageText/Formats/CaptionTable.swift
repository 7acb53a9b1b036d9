import CLIPFiles

/// A CSV or TSV file with a column of image paths and one of captions, as open_clip's `--csv-*` flags describe it.
///
/// Rows with the same path are captions of one image. Paths are relative to the file's own folder unless an image root
/// is given.
enum CaptionTable {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "csv",
    summary: "a .csv or .tsv file with a header; --csv-img-key, --csv-caption-key, --csv-separator",
    recognizes: { path, options in
      guard Folder.containsFile(path) else { return false }
      let name = path.lowercased()
      return name.hasSuffix(".csv") || name.hasSuffix(".tsv") || hasColumns(path, options)
    }, open: { try open($0, $1) })

  /// The images of a table, each with all its captions.
  /// - Throws: ``InputError`` when the header lacks a column or the table cannot be read.
  static func open(_ path: String, _ options: DataSetOptions) throws -> ImageFileList {
    let separator = try separatorByte(options.csvSeparator)
    var builder = TableBuilder(path: path, options: options)
    try DelimitedText.forEachRow(inFile: path, separator: separator) { row in
      if builder.columns == nil { try builder.readHeader(row) } else { builder.add(row) }
    }
    guard builder.columns != nil else {
      throw InputError("is empty", file: path, advice: "write a header line")
    }
    try builder.requireUTF8()
    return try ImageFileList(
      format: format.name, path: path, root: options.imageRoot ?? Folder.parent(of: path), entries: builder.entries,
      advice: "check the column \(options.csvImageKey.quoted()) and the image root")
  }

  /// Whether the first line of a file under another name holds both columns.
  private static func hasColumns(_ path: String, _ options: DataSetOptions) -> Bool {
    guard let separator = try? separatorByte(options.csvSeparator), let map = try? MemoryMap(path: path) else {
      return false
    }
    var names: [String] = []
    try? map.read {
      let line = UnsafeRawBufferPointer(rebasing: $0.prefix(1 << 16).prefix { $0 != 0x0A })
      try DelimitedText.forEachRow(in: line, separator: separator) { names = $0.repairedFields }
    }
    return names.contains(options.csvImageKey) && names.contains(options.csvCaptionKey)
  }

  private static func separatorByte(_ text: String) throws -> UInt8 {
    let bytes = Array((text == "\\t" ? "\t" : text).utf8)
    guard bytes.count == 1, bytes[0] < 0x80, !["\"", "\n", "\r"].contains(text) else {
      throw InputError("--csv-separator is one ASCII character, not \(text.quoted())")
    }
    return bytes[0]
  }
}

private struct TableBuilder {
  let path: String
  let options: DataSetOptions
  var columns: (image: Int, caption: Int, count: Int)?
  private var images: [(path: String, captions: [String])] = []
  private var indexOfPath: [String: Int] = [:]
  private var faults: [(before: Int, SkippedSample)] = []
  /// Rows so far, those in another encoding than UTF-8, and those with letters beyond ASCII in UTF-8.
  private var rows = 0, foreignRows = 0, wideRows = 0

  init(path: String, options: DataSetOptions) {
    self.path = path
    self.options = options
  }

  mutating func readHeader(_ row: DelimitedRow) throws {
    let names = row.repairedFields
    columns = (
      try column(options.csvImageKey, flag: "--csv-img-key", in: names),
      try column(options.csvCaptionKey, flag: "--csv-caption-key", in: names), row.count
    )
  }

  private func column(_ name: String, flag: String, in names: [String]) throws -> Int {
    if let index = names.firstIndex(of: name) { return index }
    let listed = names.prefix(20).map { $0.quoted(limit: 30) }.joined(separator: ", ")
    var advice = "choose one with \(flag)"
    // One column that holds another separator: the commonest mistake, since open_clip's default is a tab.
    let other = [",", "\t", ";", "|"].first {
      names.count == 1 && $0 != options.csvSeparator && names[0].contains($0)
    }
    if let other {
      advice = "pass --csv-separator \(other == "\t" ? "'\\t'" : "'\(other)'")"
    } else if let near = Suggestion.nearest(to: name, among: names) {
      advice = "did you mean \(flag) \(near.shellQuoted)?"
    }
    // Bytes that are no UTF-8 show as the replacement character.
    if names.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) {
      advice = "it is not UTF-8; \(Self.latinAdvice)"
    }
    throw InputError("no column \(name.quoted()); the columns are \(listed)", at: "header", advice: advice)
  }

  /// The image and caption of a row join those before; a row that cannot be used is remembered at its place.
  mutating func add(_ row: DelimitedRow) {
    guard let columns else { return }
    rows += 1
    do {
      guard row.count == columns.count else {
        throw CaptionFields.Fault(reason: "expected \(columns.count) fields, found \(row.count)")
      }
      let path = row.text(at: columns.image), text = row.text(at: columns.caption)
      if path == nil || text == nil { foreignRows += 1 }
      guard let image = path, !image.isEmpty, !image.utf8.contains(0) else {
        throw CaptionFields.Fault(reason: "its image path is empty or not UTF-8 text")
      }
      guard let text else { throw CaptionFields.Fault(reason: "its caption is not UTF-8 text") }
      if !text.utf8.allSatisfy({ $0 < 0x80 }) || !image.utf8.allSatisfy({ $0 < 0x80 }) { wideRows += 1 }
      let caption = CaptionFields.trimmed(Substring(text))
      guard !caption.isEmpty else { throw CaptionFields.Fault(reason: "its caption is empty") }
      _ = try CaptionFields(maximumCaptionBytes: options.maximumCaptionBytes).checked([caption])
      if let index = indexOfPath[image] {
        images[index].captions.append(caption)
      } else {
        indexOfPath[image] = images.count
        images.append((image, [caption]))
      }
    } catch {
      let reason = (error as? CaptionFields.Fault)?.reason ?? "\(error)"
      faults.append((images.count, SkippedSample(origin: "\(path): line \(row.line)", reason: reason)))
    }
  }

  /// One row of a long table may be broken. Where every letter beyond ASCII is, the table has another encoding.
  func requireUTF8() throws {
    guard foreignRows > 0, wideRows == 0, foreignRows >= (rows + 99) / 100 else { return }
    throw InputError(
      "\(foreignRows) of \(rows) rows are not UTF-8 text", file: path, advice: Self.latinAdvice)
  }

  private static let latinAdvice = "if it is Latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"

  /// Images and faults in the order of their first rows.
  var entries: [ImageFileList.Entry] {
    var result: [ImageFileList.Entry] = []
    result.reserveCapacity(images.count + faults.count)
    var nextFault = 0
    for index in 0...images.count {
      while nextFault < faults.count, faults[nextFault].before == index {
        result.append(.unusable(faults[nextFault].1))
        nextFault += 1
      }
      if index < images.count {
        result.append(.image(path: images[index].path, captions: images[index].captions, label: nil))
      }
    }
    return result
  }
}
