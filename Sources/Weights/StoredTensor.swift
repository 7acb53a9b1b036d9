import CLIPFiles
import CLIPTensors
import CCLIPVectorKernels

/// A tensor as it lies in a file: typed bytes that another object keeps, not yet read.
///
/// `@unchecked Sendable`: the bytes are never written and live as long as `keeper`.
struct StoredTensor: @unchecked Sendable {
  let name: String
  let elementType: ElementType
  let shape: Shape
  /// The elements in row-major order when there are no `strides`, else the whole storage they lie in.
  let bytes: UnsafeRawBufferPointer
  /// Steps in elements for each axis, and the first element, of a tensor that is not in row-major order.
  let strides: (steps: [Int], start: Int)?
  /// Whether the elements are minus what is stored: PyTorch's negative bit.
  var isNegated = false
  let keeper: AnyObject

  /// The elements as 32-bit floats: a view into the file where they are floats already, lie in order and
  /// stand at an address divisible by four; converted otherwise.
  func tensor() throws -> Tensor {
    guard shape.count > 0 else { return Tensor(uninitialized: shape) }
    let source = orderedBytes()
    guard let base = source.bytes.baseAddress else { throw InputError("has no bytes", at: name) }
    if elementType == .float32, !isNegated, Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0 {
      let floats = base.assumingMemoryBound(to: Float.self)
      return Tensor(Storage(reading: floats, count: shape.count, keeper: source.keeper), shape)
    }
    let result = FreshTensor(shape), target = result.start, count = shape.count
    source.read { bytes in
      switch elementType {
      case .float32: UnsafeMutableRawPointer(target).copyMemory(from: base, byteCount: bytes.count)
      case .float16: vk_half_to_float(base, target, count)
      case .bfloat16: vk_bfloat16_to_float(base, target, count)
      default: for index in 0..<count { target[index] = Float(number(bytes, index)) }
      }
    }
    if isNegated { for index in 0..<count { target[index] = -target[index] } }
    return result.tensor()
  }

  /// The elements as whole numbers.
  /// - Throws: ``InputError`` when they are not integers, or one does not fit into 64 bits with a sign.
  func integers() throws -> [Int] {
    guard elementType.isInteger else {
      throw InputError("holds \(elementType.rawValue) numbers where whole numbers are needed", at: name)
    }
    guard shape.count > 0 else { return [] }
    return try orderedBytes().read { bytes in
      try (0..<shape.count).map { index in
        guard let value = integer(bytes, index) else {
          throw InputError("element \(index) does not fit into 64 bits", at: name)
        }
        return value
      }
    }
  }

  /// The elements in double precision.
  func doubles() throws -> [Double] {
    guard shape.count > 0 else { return [] }
    if elementType == .float16 || elementType == .bfloat16 { return try tensor().elements.map(Double.init) }
    return orderedBytes().read { bytes in (0..<shape.count).map { number(bytes, $0) } }
  }

  /// The elements' bytes in row-major order, as they are stored.
  func rawBytes() -> [UInt8] {
    shape.count > 0 ? orderedBytes().read { Array($0) } : []
  }

  private func number(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Double {
    switch elementType {
    case .float64: bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
    case .float32: Double(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
    case .uint64: Double(bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    default: Double(integer(bytes, index) ?? 0)
    }
  }

  private func integer(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int? {
    func load<Value: FixedWidthInteger>(_ type: Value.Type) -> Int? {
      Int(exactly: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: type))
    }
    return switch elementType {
    case .int64: load(Int64.self)
    case .int32: load(Int32.self)
    case .int16: load(Int16.self)
    case .int8: load(Int8.self)
    case .uint64: load(UInt64.self)
    case .uint32: load(UInt32.self)
    case .uint16: load(UInt16.self)
    case .uint8: load(UInt8.self)
    case .bool: bytes[index] == 0 ? 0 : 1
    case .float32, .float16, .bfloat16, .float64: nil
    }
  }

  /// The bytes in row-major order, gathered into fresh memory when they lie otherwise.
  private func orderedBytes() -> KeptBytes {
    guard let strides else { return KeptBytes(bytes: bytes, keeper: keeper) }
    let size = elementType.size
    let owned = OwnedBytes(count: shape.count * size)
    var indices = [Int](repeating: 0, count: shape.rank)
    var source = strides.start
    for position in 0..<shape.count {
      let from = UnsafeRawBufferPointer(rebasing: bytes[source * size..<(source + 1) * size])
      UnsafeMutableRawBufferPointer(rebasing: owned.buffer[position * size..<(position + 1) * size])
        .copyMemory(from: from)
      // Count up like an odometer; the last axis turns fastest.
      var axis = shape.rank - 1
      while axis >= 0 {
        indices[axis] += 1
        source += strides.steps[axis]
        if indices[axis] < shape[axis] { break }
        source -= indices[axis] * strides.steps[axis]
        indices[axis] = 0
        axis -= 1
      }
    }
    return owned.kept
  }
}

/// Bytes that another object keeps.
struct KeptBytes {
  let bytes: UnsafeRawBufferPointer
  let keeper: AnyObject

  func read<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(keeper) {} }
    return try body(bytes)
  }
}

/// Memory for bytes that are not in a file: unpacked, or put in order.
///
/// `@unchecked Sendable`: filled before it is shared, and only read afterwards.
final class OwnedBytes: @unchecked Sendable {
  let buffer: UnsafeMutableRawBufferPointer

  init(count: Int) { buffer = .allocate(byteCount: count, alignment: 64) }

  convenience init(_ bytes: [UInt8]) {
    self.init(count: bytes.count)
    buffer.copyBytes(from: bytes)
  }

  var kept: KeptBytes { KeptBytes(bytes: UnsafeRawBufferPointer(buffer), keeper: self) }

  deinit { buffer.deallocate() }
}
