import CLIPFiles
public import CLIPTensors
import CCLIPVectorKernels

/// A tensor on its way into a file; its elements are asked for only when they are written.
public struct OutgoingTensor {
  /// Its name in the file.
  public let name: String
  /// Its extents, outermost first.
  public let shape: Shape
  /// The number format in the file.
  public let elementType: ElementType
  let write: (inout AtomicFile) throws -> Void

  /// Floats, stored as `elementType`: ``ElementType/float32``, ``ElementType/float16`` or
  /// ``ElementType/bfloat16``.
  public init(
    _ name: String, _ shape: Shape, as elementType: ElementType = .float32,
    load: @escaping () throws -> Tensor
  ) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    write = { file in
      let tensor = try load()
      guard tensor.shape == shape else {
        throw InputError("expected \(shape), found \(tensor.shape)", at: name)
      }
      try Self.write(tensor, as: elementType, name, to: &file)
    }
  }

  /// Floats, stored as `elementType`.
  public init(_ name: String, _ tensor: Tensor, as elementType: ElementType = .float32) {
    self.init(name, tensor.shape, as: elementType) { tensor }
  }

  /// Whole numbers, stored as ``ElementType/int64``.
  public init(_ name: String, integers: [Int], _ shape: Shape) {
    precondition(integers.count == shape.count, "\(integers.count) integers do not fill \(shape)")
    self.init(name, shape, .int64) { file in
      try integers.map { Int64($0).littleEndian }.withUnsafeBytes { try file.write($0) }
    }
  }

  /// Numbers in double precision, stored as ``ElementType/float64``.
  public init(_ name: String, doubles: [Double], _ shape: Shape) {
    precondition(doubles.count == shape.count, "\(doubles.count) numbers do not fill \(shape)")
    self.init(name, shape, .float64) { file in try doubles.withUnsafeBytes { try file.write($0) } }
  }

  /// Bytes, stored as ``ElementType/uint8``.
  public init(_ name: String, bytes: [UInt8], _ shape: Shape) {
    precondition(bytes.count == shape.count, "\(bytes.count) bytes do not fill \(shape)")
    self.init(name, shape, .uint8) { file in try file.write(bytes) }
  }

  private init(
    _ name: String, _ shape: Shape, _ elementType: ElementType,
    _ write: @escaping (inout AtomicFile) throws -> Void
  ) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.write = write
  }

  private static func write(
    _ tensor: Tensor, as elementType: ElementType, _ name: String, to file: inout AtomicFile
  ) throws {
    if elementType == .float32 {
      try tensor.withUnsafeElements { try file.write(UnsafeRawBufferPointer($0)) }
      return
    }
    let narrow: (UnsafePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> Int
    switch elementType {
    case .float16: narrow = { vk_float_to_half($0, $1, $2) }
    case .bfloat16: narrow = { vk_float_to_bfloat16($0, $1, $2) }
    default: throw InputError("floats cannot be written as \(elementType.rawValue)", at: name)
    }
    var chunk = [UInt16](repeating: 0, count: min(tensor.count, 1 << 16))
    try tensor.withUnsafeElements { elements in
      var position = 0
      while position < elements.count, let base = elements.baseAddress {
        let count = min(chunk.count, elements.count - position)
        let overflows = chunk.withUnsafeMutableBufferPointer { target in
          target.baseAddress.map { narrow(base + position, $0, count) } ?? 0
        }
        guard overflows == 0 else {
          throw InputError(
            "holds numbers too large for \(elementType.rawValue)", at: name, advice: "write F32 or BF16")
        }
        try chunk.withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[..<(2 * count)])) }
        position += count
      }
    }
  }
}

/// Writes safetensors files that appear whole or not at all.
public enum SafetensorsWriter {
  /// Writes tensors one after another, so that only one need be in memory. Wider number formats come first:
  /// every tensor then stands at an address its elements divide, and readers can use it in place.
  /// - Parameter metadata: notes for readers; transformers and open_clip expect `format: pt`
  /// - Throws: ``InputError`` when a name stands twice or is reserved, a number does not fit its format, or
  ///   the file cannot be written; what stood at `path` before is then untouched.
  public static func write(
    _ tensors: [OutgoingTensor], to path: String, metadata: [String: String] = ["format": "pt"]
  ) throws {
    let ordered = ElementType.allCases.map(\.size).reduce(into: [Int]()) { sizes, size in
      if !sizes.contains(size) { sizes.append(size) }
    }.sorted(by: >).flatMap { size in tensors.filter { $0.elementType.size == size } }
    var file = try AtomicFile(path: path)
    try namingFile(path) {
      let header = try header(ordered, metadata)
      let length = UInt64(header.count).littleEndian
      try withUnsafeBytes(of: length) { try file.write($0) }
      try file.write(header)
      for tensor in ordered { try tensor.write(&file) }
    }
    try file.commit()
  }

  /// The header, padded with spaces so that the data starts at a multiple of eight bytes.
  private static func header(_ tensors: [OutgoingTensor], _ metadata: [String: String]) throws -> [UInt8] {
    var object = JSONObject()
    if !metadata.isEmpty {
      var notes = JSONObject()
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { notes[key] = .string(value) }
      object["__metadata__"] = .object(notes)
    }
    var position = 0
    for tensor in tensors {
      guard tensor.name != "__metadata__", !object.contains(tensor.name) else {
        throw InputError("a second tensor of this name", at: tensor.name)
      }
      let end = position + tensor.shape.count * tensor.elementType.size
      object[tensor.name] = .object([
        "dtype": .string(tensor.elementType.rawValue),
        "shape": .array(tensor.shape.extents.map { .integer($0) }),
        "data_offsets": [.integer(position), .integer(end)],
      ])
      position = end
    }
    var bytes = Array(JSONValue.object(object).text().utf8)
    guard bytes.count <= SafetensorsFile.longestHeader else {
      throw InputError(
        "the header would have \(bytes.count) bytes; the format allows \(SafetensorsFile.longestHeader)")
    }
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8))
    return bytes
  }
}
