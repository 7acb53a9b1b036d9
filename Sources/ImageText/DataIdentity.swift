public import CLIPFiles

/// Which data a run saw, told cheaply: no picture is read or decoded. Kept by resume points and studies, so that data
/// that changed or grew under the same path is noticed.
///
/// The digest is over what the list of samples says (files with their sizes; captions and labels where a table, a JSON
/// file or folders name them; where each sample stands in a shard), not over the pictures' bytes: ``Fingerprint`` is,
/// and costs a pass over the data. Times and folders above the data set play no part: a copy is the same data.
public struct DataIdentity: Equatable, Sendable {
  /// The format's name in ``FormatCatalog``.
  public var format: String
  /// The path as the user named it; for messages.
  public var path: String
  /// How many samples there are; unusable ones are counted too.
  public var samples: Int
  /// `di1-` and 32 hexadecimal digits; the 1 is the version of this definition.
  public var digest: String

  /// An identity of its parts.
  public init(format: String, path: String, samples: Int, digest: String) {
    self.format = format
    self.path = path
    self.samples = samples
    self.digest = digest
  }

  /// The identity of the data that a command opens under a path: labeled images count with their classes' prompts.
  /// - Throws: ``InputError`` when it cannot be opened.
  public static func of(_ path: String, _ options: DataSetOptions = DataSetOptions()) throws -> DataIdentity {
    try ImageTextData.openCaptioned(path, options).identity()
  }

  /// Whether it is the same data, wherever that lies now.
  public func isSameData(as other: DataIdentity) -> Bool { changes(since: other).isEmpty }

  /// What is different from an earlier identity, a phrase each, such as `40 samples, 12 before`; empty when it is the
  /// same data. The path plays no part.
  public func changes(since earlier: DataIdentity) -> [String] {
    var changes: [String] = []
    if format != earlier.format { changes.append("format \(format), \(earlier.format) before") }
    if samples != earlier.samples { changes.append("\(samples) samples, \(earlier.samples) before") }
    if digest != earlier.digest, changes.isEmpty {
      changes.append("as many samples (\(samples)), but other files, sizes, captions or classes than before")
    }
    return changes
  }
}

extension DataIdentity: Codable {
  /// As a small JSON object: `format`, `path`, `samples`, `digest`.
  public var json: JSONValue {
    ["format": .string(format), "path": .string(path), "samples": .integer(samples), "digest": .string(digest)]
  }

  /// - Throws: ``InputError`` without a file's name when a member is missing or of another kind.
  public init(json: JSONValue) throws {
    guard let format = json["format"]?.stringValue, let path = json["path"]?.stringValue,
      let samples = json["samples"]?.intValue, samples >= 0, let digest = json["digest"]?.stringValue
    else { throw InputError("is no identity of a data set", advice: "expected format, path, samples and digest") }
    self.init(format: format, path: path, samples: samples, digest: digest)
  }
}

/// Builds the digest of a ``DataIdentity`` record by record.
struct IdentityDigest {
  private var state: UInt128 = 0
  private var record: [UInt8] = []

  /// Adds a text with its length, so that neighbors cannot trade letters.
  mutating func add(_ text: String) {
    add(text.utf8.count)
    record.append(contentsOf: text.utf8)
    if record.count >= 1 << 16 { close() }
  }

  /// Adds a number.
  mutating func add(_ number: Int) {
    withUnsafeBytes(of: Int64(number).littleEndian) { record.append(contentsOf: $0) }
  }

  /// Adds bytes; their number is told apart.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    record.append(contentsOf: bytes)
    if record.count >= 1 << 16 { close() }
  }

  /// Adds a file's size; -1 stands for one that is not there.
  mutating func add(fileAt path: String) { add(FileSize.of(path) ?? -1) }

  /// The digest of all that was added.
  mutating func text() -> String {
    close()
    let digits = String(state, radix: 16)
    return "di1-" + String(repeating: "0", count: 32 - digits.count) + digits
  }

  private mutating func close() {
    withUnsafeBytes(of: state.littleEndian) { record.append(contentsOf: $0) }
    state = record.withUnsafeBytes { MurmurHash.hash($0) }
    record.removeAll(keepingCapacity: true)
  }
}
