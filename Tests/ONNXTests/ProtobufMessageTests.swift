import CLIPFiles
import CLIPONNX
import Testing

@Suite("Protocol buffers")
struct ProtobufMessageTests {
  private func bytes(_ build: (inout ProtobufMessage) -> Void) throws -> [UInt8] {
    var message = ProtobufMessage()
    build(&message)
    let folder = try TemporaryFolder()
    var file = try AtomicFile(path: "\(folder.path)/message")
    try message.write(to: &file)
    try file.commit()
    let bytes = try folder.bytes("message")
    #expect(bytes.count == message.count)
    return bytes
  }

  // The first and third are the encoding guide's own examples.
  @Test(
    "whole numbers take seven bits a byte, the lowest first",
    arguments: [
      (1, 150, [0x08, 0x96, 0x01]), (1, 0, [0x08, 0x00]), (1, 127, [0x08, 0x7F]), (1, 128, [0x08, 0x80, 0x01]),
      (15, 300, [0x78, 0xAC, 0x02]), (16, 1, [0x80, 0x01, 0x01]),
      (1, -1, [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
      (3, Int.max, [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
    ] as [(Int, Int, [UInt8])])
  func varints(field: Int, number: Int, expected: [UInt8]) throws {
    let written = try bytes { $0.add(field, number) }
    #expect(written == expected)
  }

  @Test("text, floats and messages")
  func otherFields() throws {
    let text = try bytes { $0.add(2, "testing") }
    #expect(text == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    let accented = try bytes { $0.add(2, "é") }
    #expect(accented == [0x12, 0x02, 0xC3, 0xA9])
    let empty = try bytes { $0.add(2, "") }
    #expect(empty == [0x12, 0x00])
    // 1.0 is 0x3F800000.
    let float = try bytes { $0.add(2, Float(1)) }
    #expect(float == [0x15, 0x00, 0x00, 0x80, 0x3F])
    let nested = try bytes { outer in
      var inner = ProtobufMessage()
      inner.add(1, 150)
      outer.add(3, inner)
      outer.add(1, 1)
    }
    #expect(nested == [0x1A, 0x03, 0x08, 0x96, 0x01, 0x08, 0x01])
    let nothing = try bytes { _ in }
    #expect(nothing.isEmpty)
  }

  @Test("lengths around payloads are known before these are made, at any depth")
  func payloads() throws {
    var made: [String] = []
    func payload(_ name: String, _ bytes: [UInt8]) -> ProtobufMessage.Payload {
      ProtobufMessage.Payload(count: bytes.count) { file in
        made.append(name)
        try file.write(bytes)
      }
    }
    var inner = ProtobufMessage(), middle = ProtobufMessage(), outer = ProtobufMessage()
    inner.add(1, payload("first", [1, 2, 3]))
    inner.add(2, 5)
    middle.add(1, inner)
    middle.add(1, payload("second", [UInt8](repeating: 9, count: 130)))
    outer.add(1, middle)
    #expect(made.isEmpty)
    let folder = try TemporaryFolder()
    var file = try AtomicFile(path: "\(folder.path)/message")
    try outer.write(to: &file)
    try file.commit()
    #expect(made == ["first", "second"])
    let fields = try ProtobufFields(try folder.bytes("message")).messages(1)[0].bytes(1)
    #expect(fields == [[0x0A, 3, 1, 2, 3, 0x10, 5], [UInt8](repeating: 9, count: 130)])
  }

  @Test("what the reader of these tests is given, it refuses when it is damaged")
  func damaged() {
    for bytes: [UInt8] in [[0x08], [0x08, 0x80], [0x12, 0x05, 0x61], [0x15, 1, 2], [0x0B]] {
      #expect(throws: ProtobufFields.Fault.self) { _ = try ProtobufFields(bytes) }
    }
  }
}
