import CLIPFiles
package import CLIPTensors

/// A number format, by its number in ONNX's `TensorProto.DataType`.
package enum GraphElement: Int, Sendable {
  case float = 1
  case int8 = 3
  case int32 = 6
  case int64 = 7

  /// Bytes of one number.
  var size: Int {
    switch self {
    case .int8: 1
    case .float, .int32: 4
    case .int64: 8
    }
  }
}

/// A constant of a graph, an "initializer"; its numbers are asked for only when they are written.
package struct GraphTensor {
  /// Where numbers lie that are not in the file itself.
  struct Place {
    /// A file beside the graph's.
    let file: String
    /// In bytes.
    let offset: Int
  }

  package let name: String
  let element: GraphElement
  let shape: [Int]
  /// The numbers, row by row, lowest byte first.
  let payload: ProtobufMessage.Payload

  /// - Parameter write: appends the numbers, row by row, lowest byte first
  init(
    _ name: String, _ element: GraphElement, _ shape: [Int], write: @escaping (inout AtomicFile) throws -> Void
  ) {
    self.name = name
    self.element = element
    self.shape = shape
    payload = ProtobufMessage.Payload(count: shape.reduce(element.size, *), write: write)
  }

  /// Floats as they are.
  package init(_ name: String, _ tensor: Tensor) {
    self.init(name, .float, tensor.shape.extents) { file in
      try tensor.withUnsafeElements { try file.write(UnsafeRawBufferPointer($0)) }
    }
  }

  /// A matrix's columns as rows.
  init(_ name: String, transposing matrix: Tensor) {
    self.init(name, .float, matrix.shape.extents.reversed()) { file in
      try matrix.transposed.withUnsafeElements { try file.write(UnsafeRawBufferPointer($0)) }
    }
  }

  /// Floats as they are.
  init(_ name: String, floats: [Float], _ shape: [Int]) {
    self.init(name, .float, shape) { file in try floats.withUnsafeBytes { try file.write($0) } }
  }

  /// Whole numbers in 64 bits.
  init(_ name: String, integers: [Int], _ shape: [Int]) {
    self.init(name, .int64, shape) { file in
      try integers.map { Int64($0).littleEndian }.withUnsafeBytes { try file.write($0) }
    }
  }

  /// Whole numbers from -127 to 127 that a tensor holds as floats, in 8 bits.
  init(_ name: String, grid: Tensor) {
    self.init(name, .int8, grid.shape.extents) { file in
      try grid.withUnsafeElements { try file.write($0.map { UInt8(bitPattern: Int8($0)) }) }
    }
  }

  /// A `TensorProto`.
  /// - Parameter place: where the numbers lie; nil for in the message itself
  func message(at place: Place? = nil) -> ProtobufMessage {
    var message = ProtobufMessage()
    for extent in shape { message.add(1, extent) }
    message.add(2, element.rawValue)
    message.add(8, name)
    guard let place else {
      message.add(9, payload)
      return message
    }
    for (key, value) in [("location", place.file), ("offset", "\(place.offset)"), ("length", "\(payload.count)")] {
      message.add(13, ProtobufMessage(key: key, value: value))
    }
    message.add(14, 1)
    return message
  }
}

extension ProtobufMessage {
  /// A `StringStringEntryProto`.
  init(key: String, value: String) {
    self.init()
    add(1, key)
    add(2, value)
  }
}
