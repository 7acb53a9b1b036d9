import CLIPFiles

/// Writes a tar archive (POSIX ustar) whose bytes depend on names and contents alone.
///
/// Owner 0, mode 0644, time 0: two writers of the same entries write the same archive. The file appears under
/// its name when ``finish()`` succeeds, not before.
///
/// Source: POSIX.1-2017, pax, section "ustar Interchange Format".
public struct TarWriter: ~Copyable {
  private var file: AtomicFile
  private var buffer: [UInt8] = []
  private var written = 0

  /// - Throws: ``InputError`` when the file cannot be made.
  public init(path: String) throws {
    file = try AtomicFile(path: path)
    buffer.reserveCapacity(Self.bufferSize + 4 * Self.blockSize)
  }

  /// Appends a file.
  /// - Parameters:
  ///   - name: at most 100 bytes of UTF-8, not empty
  ///   - contents: less than 8 GiB
  /// - Throws: ``InputError`` when the name does not fit in a header or the disk is full.
  public mutating func append(_ name: String, _ contents: [UInt8]) throws {
    guard (1...100).contains(name.utf8.count), !name.utf8.contains(0), contents.count < 1 << 33 else {
      throw InputError(
        "\(name.quoted()) of \(contents.count) bytes does not fit in a tar archive", file: file.path,
        advice: "names take 1 to 100 bytes, contents less than 8 GiB")
    }
    buffer.append(contentsOf: Self.header(name: name, size: contents.count))
    buffer.append(contentsOf: contents)
    let rest = contents.count % Self.blockSize
    if rest > 0 { buffer.append(contentsOf: repeatElement(0, count: Self.blockSize - rest)) }
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Ends the archive and puts it in its place.
  public mutating func finish() throws {
    let size = written + buffer.count + 2 * Self.blockSize
    let record = 20 * Self.blockSize
    let padding = (record - size % record) % record
    buffer.append(contentsOf: repeatElement(0, count: 2 * Self.blockSize + padding))
    try flush()
    try file.commit()
  }

  private mutating func flush() throws {
    try file.write(buffer)
    written += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private static func header(name: String, size: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: blockSize)
    func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
    }
    put(name.utf8, at: 0)
    put("0000644".utf8, at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put("        ".utf8, at: 148)
    header[156] = UInt8(ascii: "0")
    put("ustar".utf8, at: 257)
    put("00".utf8, at: 263)
    // The sum of the header's bytes, its own field counted as spaces.
    let sum = header.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6), at: 148)
    header[154] = 0
    return header
  }

  private static func octal(_ value: Int, digits: Int) -> [UInt8] {
    (0..<digits).reversed().map { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: (value >> (3 * $0)) & 7) }
  }

  private static let blockSize = 512
  private static let bufferSize = 1 << 20
}
