import CLIPFiles
import CLIPTensors
import Testing
import CLIPWeights

@Suite struct SafetensorsWriterTests {
  @Test("what was written is read back, bit for bit")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    let values: [Float] = [0, -0.0, 1.5, .infinity, .leastNonzeroMagnitude, -3.4e38]
    try SafetensorsWriter.write(
      [
        OutgoingTensor("bytes", bytes: [1, 2, 255], [3]), OutgoingTensor("floats", Tensor(values, [2, 3])),
        OutgoingTensor("integers", integers: [-1, 1 << 40], [2]),
        OutgoingTensor("doubles", doubles: [0.1], []),
        OutgoingTensor("scalar", Tensor([7], [])), OutgoingTensor("empty", Tensor([], [0, 4])),
      ], to: path, metadata: ["format": "pt", "seed": "3"])
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt", "seed": "3"])
    #expect(try file.tensor("floats").elements.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(file.shape(of: "floats") == [2, 3])
    #expect(try file.integers("integers") == [-1, 1 << 40])
    #expect(try file.doubles("doubles") == [0.1])
    #expect(try file.bytes("bytes") == [1, 2, 255])
    #expect(try file.tensor("scalar").scalar == 7)
    #expect(file.shape(of: "empty") == [0, 4])
    // Wide formats first, so that every tensor is aligned; the data starts at a multiple of eight.
    #expect(
      file.names.prefix(2) == ["integers", "doubles"] || file.names.prefix(2) == ["doubles", "integers"])
    let bytes = try TextFile.bytes(of: path)
    #expect(bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) } % 8 == 0)
  }

  @Test("halves are rounded and widened as PyTorch does")
  func sixteenBits() throws {
    let source = try SafetensorsFile(path: fixture("sixteen_bits.safetensors"))
    let values = try source.tensor("values")
    let folder = try TemporaryFolder()
    for (type, name) in [(ElementType.float16, "half"), (.bfloat16, "bfloat16")] {
      let path = "\(folder.path)/\(name).safetensors"
      try SafetensorsWriter.write([OutgoingTensor("x", values, as: type)], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(try file.bytes("x") == source.bytes(name))
      #expect(
        try file.tensor("x").elements.map(\.bitPattern)
          == source.tensor("\(name).float").elements.map(\.bitPattern))
      #expect(try source.tensor(name).elements == source.tensor("\(name).float").elements)
    }
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    @Test("all 65536 halves are widened as the compiler's own type is, and come back")
    func everyHalf() throws {
      let patterns = (0...UInt16.max).map { $0 }
      let folder = try TemporaryFolder()
      let header = #"{"x":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
      let path = try folder.file("x.safetensors", safetensors(header) + patterns.flatMap { littleEndian($0) })
      let widened = try SafetensorsFile(path: path).tensor("x")
      var faults = 0
      for (pattern, value) in zip(patterns, widened.elements) {
        let expected = Float(Float16(bitPattern: pattern))
        if expected.isNaN ? !value.isNaN : value.bitPattern != expected.bitPattern { faults += 1 }
      }
      #expect(faults == 0)
      let back = "\(folder.path)/back.safetensors"
      let numbers = widened.elements.map { $0.isNaN ? 0 : $0 }
      try SafetensorsWriter.write([OutgoingTensor("x", Tensor(numbers, [65536]), as: .float16)], to: back)
      #expect(
        try SafetensorsFile(path: back).tensor("x").elements.map(\.bitPattern) == numbers.map(\.bitPattern))
    }

    @Test("floats are rounded to halves as the compiler's own type is: ties to even")
    func rounding() throws {
      var generator = Generator(state: 99)
      var values = (0..<20000).map { _ -> Float in
        let exponent = UInt32.random(in: 95...141, using: &generator)
        let mantissa = UInt32.random(in: 0..<1 << 23, using: &generator)
        return Float(
          bitPattern: UInt32.random(in: 0...1, using: &generator) << 31 | exponent << 23 | mantissa)
      }
      // Exact ties, normal and subnormal.
      values += (0..<2000).map { Float(Double($0) + 0.5) * Float(sign: .plus, exponent: -24, significand: 1) }
      values += (1024..<2048).map { Float($0) + 0.5 }
      let folder = try TemporaryFolder()
      let path = "\(folder.path)/x.safetensors"
      try SafetensorsWriter.write(
        [OutgoingTensor("x", Tensor(values, [values.count]), as: .float16)], to: path)
      let expected = values.flatMap { littleEndian(Float16($0).bitPattern) }
      #expect(try SafetensorsFile(path: path).bytes("x") == expected)
    }
  #endif

  @Test("infinities and NaNs stay what they are in both formats")
  func special() throws {
    let folder = try TemporaryFolder()
    let values = Tensor([.infinity, -.infinity, .nan, Float(bitPattern: 0x7F80_0001)], [4])
    for type in [ElementType.float16, .bfloat16] {
      let path = "\(folder.path)/\(type).safetensors"
      try SafetensorsWriter.write([OutgoingTensor("x", values, as: type)], to: path)
      let read = try SafetensorsFile(path: path).tensor("x").elements
      #expect(read[0] == .infinity && read[1] == -.infinity && read[2].isNaN && read[3].isNaN)
    }
  }

  @Test("a number that a format cannot hold is refused, and nothing is left behind")
  func overflow() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    let large = OutgoingTensor("w", Tensor([65520], [1]), as: .float16)
    #expect(
      message(path) { try SafetensorsWriter.write([large], to: path) }
        == "FILE: w: holds numbers too large for F16; write F32 or BF16")
    #expect(try Folder.names(in: folder.path) == [])
  }

  @Test("a name that stands twice, or is reserved, is refused")
  func names() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    let one = OutgoingTensor("w", Tensor([1], [1]))
    #expect(
      message(path) { try SafetensorsWriter.write([one, one], to: path) }
        == "FILE: w: a second tensor of this name")
    let reserved = OutgoingTensor("__metadata__", Tensor([1], [1]))
    #expect(throws: InputError.self) { try SafetensorsWriter.write([reserved], to: path) }
  }

  @Test("a tensor that is not of its announced shape is refused, and the old file stays")
  func wrongShape() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    try SafetensorsWriter.write([OutgoingTensor("w", Tensor([1], [1]))], to: path)
    let wrong = OutgoingTensor("w", [2, 2]) { Tensor([1, 2], [2]) }
    #expect(
      message(path) { try SafetensorsWriter.write([wrong], to: path) }
        == "FILE: w: expected [2, 2], found [2]")
    #expect(try SafetensorsFile(path: path).tensor("w").elements == [1])
  }
}
