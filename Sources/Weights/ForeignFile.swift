import CLIPFiles

/// Files that lie where weights are expected and are something else, told by their first bytes.
enum ForeignFile {
  private static let kinds: [(start: [UInt8], what: String, advice: String)] = [
    (Array("version https://git-lfs".utf8), "a Git LFS pointer, not the file itself", "run git lfs pull"),
    ([0x1F, 0x8B], "a gzip file", "unpack it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file", "unpack it first"),
    ([0x42, 0x5A, 0x68], "a bzip2 file", "unpack it first"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file", "unpack it first"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "unpack it first"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file, as Keras writes it", "save the weights as safetensors"),
    (Array("GGUF".utf8), "a GGUF file", "take the model's safetensors instead"),
    ([0x89, 0x50, 0x4E, 0x47], "a PNG picture", "name the weight file"),
    ([0xFF, 0xD8, 0xFF], "a JPEG picture", "name the weight file"),
    (Array("%PDF".utf8), "a PDF document", "name the weight file"),
  ]

  /// Whether a file begins as safetensors do: a header's length, then an object. The length may look like anything.
  static func beginsAsSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
    return UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) <= SafetensorsFile.longestHeader
  }

  /// - Throws: ``InputError`` that says what the file is, when it is one of these.
  static func refuse(_ bytes: UnsafeRawBufferPointer) throws {
    if beginsAsSafetensors(bytes) { return }
    for kind in kinds where bytes.starts(with: kind.start) {
      throw InputError("is \(kind.what)", advice: kind.advice)
    }
    let text = bytes.prefix(512).drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
    if text.first == UInt8(ascii: "<") {
      throw InputError(
        "is a page of HTML or XML, not weights",
        advice: "the download went wrong: fetch the file itself, not the page about it")
    }
    if bytes.first == UInt8(ascii: "{") {
      throw InputError("is a JSON file, not weights", advice: "name the weight file")
    }
  }
}
