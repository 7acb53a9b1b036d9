import CLIPFiles
public import CLIPTensors

/// A safetensors file, mapped: opening one reads its header only, and float32 tensors are views into the
/// file.
///
/// Format: eight bytes with the header's length, the header as JSON, then the tensors' bytes without gaps.
/// Source: https://github.com/huggingface/safetensors, "Format". Nothing in the file is trusted.
public struct SafetensorsFile: Sendable {
  /// The file, as the user named it.
  public let path: String
  /// What the writer noted, such as `format: pt`.
  public let metadata: [String: String]
  /// The tensors' names in the order of their bytes.
  public let names: [String]
  private let tensors: [String: StoredTensor]

  /// The longest header that the format allows.
  static let longestHeader = 100_000_000

  /// Maps a file and checks its whole header.
  /// - Throws: ``InputError`` when the file cannot be read, or its header contradicts itself or the size.
  public init(path: String) throws {
    self.path = path
    let map = try MemoryMap(path: path)
    let header = try namingFile(path) { try Self.header(of: map) }
    (metadata, names, tensors) = try namingFile(path) {
      try Self.read(header.document, map, from: header.end)
    }
  }

  /// Whether there is a tensor of that name.
  public func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// A tensor's shape, or nil where there is none of that name.
  public func shape(of name: String) -> Shape? { tensors[name]?.shape }

  /// A tensor's number format, or nil where there is none of that name.
  public func elementType(of name: String) -> ElementType? { tensors[name]?.elementType }

  /// A tensor as 32-bit floats: a view into the file when it holds such, else converted.
  /// - Throws: ``InputError`` when there is none of that name.
  public func tensor(_ name: String) throws -> Tensor { try reading(name) { try $0.tensor() } }

  /// A tensor of whole numbers in row-major order.
  public func integers(_ name: String) throws -> [Int] { try reading(name) { try $0.integers() } }

  /// A tensor in double precision, in row-major order.
  public func doubles(_ name: String) throws -> [Double] { try reading(name) { try $0.doubles() } }

  /// A tensor's bytes as they are stored.
  public func bytes(_ name: String) throws -> [UInt8] { try reading(name) { $0.rawBytes() } }

  func stored(_ name: String) -> StoredTensor? { tensors[name] }

  private func reading<Result>(_ name: String, _ body: (StoredTensor) throws -> Result) throws -> Result {
    guard let tensor = tensors[name] else {
      let near = Suggestion.nearest(to: name, among: names)
      throw InputError(
        "no tensor of this name", file: path, at: name, advice: near.map { "did you mean \"\($0)\"?" })
    }
    return try namingFile(path) { try body(tensor) }
  }

  private static func header(of map: MemoryMap) throws -> (document: JSONObject, end: Int) {
    guard map.bytes.count >= 8 else {
      throw InputError(
        "is \(map.bytes.count) bytes long, too short for a safetensors file", advice: "fetch the file again")
    }
    try ForeignFile.refuse(map.bytes)
    let length = UInt64(littleEndian: map.bytes.loadUnaligned(as: UInt64.self))
    guard length <= longestHeader else {
      throw InputError(
        "is not a safetensors file: its header would be \(length) bytes long, the limit is \(longestHeader)")
    }
    let end = 8 + Int(length)
    guard end <= map.bytes.count else {
      throw InputError(
        "ends before its header does: \(map.bytes.count) bytes of \(end)", advice: "fetch the file again")
    }
    let text = UnsafeRawBufferPointer(rebasing: map.bytes[8..<end])
    let document: JSONValue
    do {
      document = try text.withMemoryRebound(to: UInt8.self) { try JSONParser.parse($0) }
    } catch let error as InputError {
      throw InputError(error.problem, at: "header, \(error.location ?? "start")")
    }
    guard let object = document.objectValue else {
      throw InputError("expected an object, found \(document.kind)", at: "header")
    }
    return (object, end)
  }

  private static func read(
    _ header: JSONObject, _ map: MemoryMap, from start: Int
  ) throws -> ([String: String], [String], [String: StoredTensor]) {
    var metadata: [String: String] = [:]
    var entries: [(name: String, begin: Int, end: Int)] = []
    var tensors: [String: StoredTensor] = [:]
    let data = UnsafeRawBufferPointer(rebasing: map.bytes[start...])
    for (name, value) in header.pairs {
      if name == "__metadata__" {
        metadata = try strings(in: value)
        continue
      }
      let tensor = try entry(name, value, data, map)
      tensors[name] = tensor.stored
      entries.append((name, tensor.range.lowerBound, tensor.range.upperBound))
    }
    entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    var expected = 0
    for entry in entries {
      guard entry.begin == expected else {
        let fault = entry.begin < expected ? "overlaps the tensor before it" : "leaves a gap before it"
        throw InputError("\(fault): starts at byte \(entry.begin), expected \(expected)", at: entry.name)
      }
      expected = entry.end
    }
    guard expected == data.count else {
      throw InputError("\(data.count - expected) bytes after the last tensor belong to none")
    }
    return (metadata, entries.map(\.name), tensors)
  }

  private static func strings(in value: JSONValue) throws -> [String: String] {
    guard let object = value.objectValue else {
      throw InputError("expected an object, found \(value.kind)", at: "__metadata__")
    }
    var strings: [String: String] = [:]
    for (key, value) in object.pairs {
      guard let text = value.stringValue else {
        throw InputError("expected a string, found \(value.kind)", at: "__metadata__.\(key)")
      }
      strings[key] = text
    }
    return strings
  }

  private static func entry(
    _ name: String, _ value: JSONValue, _ data: UnsafeRawBufferPointer, _ map: MemoryMap
  ) throws -> (stored: StoredTensor, range: Range<Int>) {
    guard let typeName = value["dtype"]?.stringValue else { throw InputError("has no dtype", at: name) }
    guard let type = ElementType(rawValue: typeName) else {
      throw InputError(
        "the number format \(typeName.quoted()) is not supported", at: name,
        advice: "convert the weights to float32 first (PyTorch: tensor.float()); known are "
          + ElementType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard let list = value["shape"]?.arrayValue else { throw InputError("has no shape", at: name) }
    let extents = list.compactMap(\.intValue)
    guard extents.count == list.count, extents.allSatisfy({ $0 >= 0 }), extents.count <= 32 else {
      throw InputError("the shape is not a list of at most 32 whole numbers from 0", at: name)
    }
    guard let count = checkedCount(extents),
      case (let size, let overflows) = count.multipliedReportingOverflow(by: type.size),
      !overflows
    else {
      throw InputError("the shape \(Shape(extents)) does not fit into 64 bits", at: name)
    }
    guard let offsets = value["data_offsets"]?.arrayValue, offsets.count == 2,
      let begin = offsets[0].intValue,
      let end = offsets[1].intValue
    else {
      throw InputError("data_offsets is not a list of two whole numbers", at: name)
    }
    guard begin >= 0, begin <= end, end <= data.count else {
      throw InputError(
        "lies at bytes \(begin) to \(end) of \(data.count)", at: name, advice: "fetch the file again")
    }
    guard end - begin == size else {
      throw InputError("\(Shape(extents)) of \(typeName) takes \(size) bytes, found \(end - begin)", at: name)
    }
    let stored = StoredTensor(
      name: name, elementType: type, shape: Shape(extents),
      bytes: UnsafeRawBufferPointer(rebasing: data[begin..<end]),
      strides: nil, keeper: map)
    return (stored, begin..<end)
  }
}
