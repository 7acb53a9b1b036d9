/// What a file holds, told from its first bytes whatever its name is: for messages that name the cause.
public struct FileContent: Equatable, Sendable {
  /// Such as `gzip-compressed`, `a Zip archive`, `an HTML page`.
  public let description: String
  /// What to do with it instead; nil where nothing is known.
  public let advice: String?

  /// Kinds of file that are no data set of ours, by the bytes at the beginning.
  /// - Returns: nil for text, tar archives and what is not known.
  public static func foreign(_ bytes: UnsafeRawBufferPointer) -> FileContent? {
    for (signature, offset, content) in signatures where holds(signature, bytes, at: offset) { return content }
    let head = String(decoding: bytes.prefix(512), as: UTF8.self).lowercased().drop { $0.isWhitespace }
    if ["<!doctype html", "<html", "<head"].contains(where: { head.hasPrefix($0) }) {
      return FileContent("an HTML page", "the download gave an error page: fetch it again")
    }
    if head.hasPrefix("version https://git-lfs") {
      return FileContent("a Git LFS pointer", "fetch the file itself with git lfs pull")
    }
    if let encoding = TextEncoding.foreign(bytes) {
      return FileContent("\(encoding) text", TextEncoding.advice(encoding))
    }
    return nil
  }

  /// The same for a file; nil where it cannot be read, too.
  public static func foreign(inFile path: String) -> FileContent? {
    (try? MemoryMap(path: path))?.read(foreign)
  }

  /// Whether a file is a tar archive by its header's mark; archives older than POSIX have none.
  package static func isTar(_ path: String) -> Bool {
    (try? MemoryMap(path: path))?.read { holds(Array("ustar".utf8), $0, at: 257) } ?? false
  }

  private init(_ description: String, _ advice: String?) {
    self.description = description
    self.advice = advice
  }

  private static func holds(_ signature: [UInt8], _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    bytes.count >= offset + signature.count && bytes[offset..<offset + signature.count].elementsEqual(signature)
  }

  private static func compressed(_ name: String, _ command: String) -> FileContent {
    FileContent("compressed with \(name)", "unpack it first: \(command)")
  }

  private static let signatures: [([UInt8], Int, FileContent)] = [
    ([0x1F, 0x8B], 0, compressed("gzip", "gzip -dc < FILE > NEW")),
    ([0x28, 0xB5, 0x2F, 0xFD], 0, compressed("Zstandard", "zstd -dc < FILE > NEW")),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], 0, compressed("xz", "xz -dc < FILE > NEW")),
    ([0x42, 0x5A, 0x68], 0, compressed("bzip2", "bzip2 -dc < FILE > NEW")),
    ([0x04, 0x22, 0x4D, 0x18], 0, compressed("LZ4", "lz4 -dc < FILE > NEW")),
    ([0x50, 0x4B, 0x03, 0x04], 0, FileContent("a Zip archive", "unpack it, and name the folder")),
    ([0x50, 0x4B, 0x05, 0x06], 0, FileContent("an empty Zip archive", nil)),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0, FileContent("a 7z archive", "unpack it, and name the folder")),
    (Array("Rar!".utf8), 0, FileContent("a RAR archive", "unpack it, and name the folder")),
    (
      Array("PAR1".utf8), 0,
      FileContent("a Parquet file", "write its columns of paths and captions as CSV, or its images as tar shards")
    ),
    (Array("ARROW1".utf8), 0, FileContent("an Arrow file", "write it as CSV, or its images as tar shards")),
    ([0x89, 0x48, 0x44, 0x46], 0, FileContent("an HDF5 file", "write its images as files or tar shards")),
    ([0x93] + Array("NUMPY".utf8), 0, FileContent("a NumPy array", "write its images as files or tar shards")),
    (Array("SQLite format 3".utf8), 0, FileContent("an SQLite database", nil)),
    (Array("%PDF".utf8), 0, FileContent("a PDF document", nil)),
    ([0xFF, 0xD8, 0xFF], 0, single("JPEG")), ([0x89, 0x50, 0x4E, 0x47], 0, single("PNG")),
    (Array("WEBP".utf8), 8, single("WebP")), (Array("GIF8".utf8), 0, single("GIF")),
  ]

  private static func single(_ format: String) -> FileContent {
    FileContent("a single \(format) image", "name a folder, a table or shards of images")
  }
}

/// Encodings of text other than UTF-8, told from the bytes.
package enum TextEncoding {
  /// `UTF-16`, `UTF-16LE`, `UTF-16BE` or `UTF-32`, by a byte-order mark or by where the zeros stand; else nil.
  package static func foreign(_ bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    let head = bytes.prefix(min(64, bytes.count / 4 * 4))
    guard head.count >= 8 else { return nil }
    // Where Latin letters are two bytes, every other byte is zero and no neighbor of it is.
    var zeros = [0, 0, 0, 0]
    for (place, byte) in head.enumerated() where byte == 0 { zeros[place % 4] += 1 }
    let quarter = head.count / 4
    func mostly(_ places: Int...) -> Bool { places.allSatisfy { zeros[$0] * 10 >= quarter * 9 } }
    func never(_ places: Int...) -> Bool { places.allSatisfy { zeros[$0] == 0 } }
    if mostly(1, 2, 3) && never(0) || mostly(0, 1, 2) && never(3) { return "UTF-32" }
    if mostly(1, 3) && never(0, 2) { return "UTF-16LE" }
    if mostly(0, 2) && never(1, 3) { return "UTF-16BE" }
    return nil
  }

  package static func advice(_ encoding: String) -> String {
    "save it as UTF-8: iconv -f \(encoding) -t UTF-8 FILE > NEW"
  }

  /// - Throws: ``InputError`` without a file's name when the bytes are text in UTF-16 or UTF-32.
  package static func requireUTF8(_ bytes: UnsafeRawBufferPointer) throws {
    guard let encoding = foreign(bytes) else { return }
    throw InputError("is \(encoding) text, not UTF-8", advice: advice(encoding))
  }
}

extension String {
  /// The text as one word of a shell's command line.
  package var shellQuoted: String {
    let isPlain =
      !isEmpty
      && utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || "_-./:=@%+,".utf8.contains($0)
      }
    return isPlain
      ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }
}
