import CLIPFiles
import Foundation
import CLIPTensors

/// A file of this room's fixtures.
func fixture(_ name: String, file: String = #filePath) -> String {
  Folder.parent(of: file) + "/Fixtures/" + name
}

/// A folder that is removed when the test ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("weights-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    // Not synced to disk, unlike the package's own writers: thousands of files are made here.
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }

  func copy(_ fixtureName: String, as name: String) throws {
    try FileManager.default.copyItem(atPath: fixture(fixtureName), toPath: "\(path)/\(name)")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// What an error says, without the folder the file happened to lie in.
func message(_ path: String, _ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)".replacingOccurrences(of: path, with: "FILE")
  }
}

/// A small generator with a fixed seed (xorshift64).
struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// CRC-32 (IEEE 802.3) of a tensor's bytes, as zlib computes it.
func crc32(_ tensor: Tensor) -> Int {
  tensor.withUnsafeElements { elements in
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in UnsafeRawBufferPointer(elements) {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
    }
    return Int(~crc)
  }
}

/// The shapes and checksums that PyTorch gave, by name.
func expectedTensors(_ group: String) throws -> [(name: String, shape: Shape, crc: Int)] {
  let document = try JSONParser.parse(file: fixture("expected.json"))
  let object = document[group]?.objectValue ?? [:]
  return object.pairs.map { name, value in
    (name, Shape((value["shape"]?.arrayValue ?? []).compactMap(\.intValue)), value["crc32"]?.intValue ?? -1)
  }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The bytes of a safetensors file with any header.
func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
  littleEndian(UInt64(header.utf8.count)) + header.utf8 + [UInt8](repeating: 0, count: data)
}

/// Builds ZIP archives with stored or damaged members.
struct ZipBuilder {
  private var body: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  mutating func add(
    _ name: String, _ data: [UInt8], method: UInt16 = 0, flags: UInt16 = 0, size: Int? = nil,
    localName: String? = nil
  ) {
    let size = UInt32(size ?? data.count)
    let local = localName ?? name
    let position = UInt32(body.count)
    body +=
      littleEndian(UInt32(0x0403_4B50)) + littleEndian(UInt16(20)) + littleEndian(flags)
      + littleEndian(method)
    body += [UInt8](repeating: 0, count: 8) + littleEndian(UInt32(data.count)) + littleEndian(size)
    body += littleEndian(UInt16(local.utf8.count)) + littleEndian(UInt16(0)) + local.utf8 + data
    directory += littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt16(20)) + littleEndian(UInt16(20))
    directory += littleEndian(flags) + littleEndian(method) + [UInt8](repeating: 0, count: 8)
    directory += littleEndian(UInt32(data.count)) + littleEndian(size) + littleEndian(UInt16(name.utf8.count))
    directory += [UInt8](repeating: 0, count: 12) + littleEndian(position) + name.utf8
    count += 1
  }

  func bytes(count: Int? = nil) -> [UInt8] {
    let count = UInt16(count ?? self.count)
    return body + directory + littleEndian(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + littleEndian(count)
      + littleEndian(count)
      + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(body.count)) + [0, 0]
  }
}

/// Writes pickle instructions by hand.
struct Pickle {
  var bytes: [UInt8] = [0x80, 2]

  static func text(_ string: String) -> [UInt8] {
    [0x58] + littleEndian(UInt32(string.utf8.count)) + string.utf8
  }
  static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + "\(module)\n\(name)\n".utf8 }
  static func integer(_ value: Int32) -> [UInt8] { [0x4A] + littleEndian(value) }
  static func integers(_ values: [Int32]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }

  /// `{"w": <tensor>}`, with the tensor's arguments as given.
  static func state(
    storage: String = "FloatStorage", count: Int32 = 4, key: String = "0", start: Int32 = 0,
    size: [Int32] = [4],
    stride: [Int32] = [1]
  ) -> [UInt8] {
    var bytes: [UInt8] =
      [0x80, 2, 0x7D] + text("w") + global("torch._utils", "_rebuild_tensor_v2") + [0x28, 0x28]
    bytes +=
      text("storage") + global("torch", storage) + text(key) + text("cpu") + integer(count) + [0x74, 0x51]
    bytes += integer(start) + integers(size) + integers(stride) + [0x89, 0x7D, 0x74, 0x52, 0x73, 0x2E]
    return bytes
  }

  /// An archive around a pickle, with one storage of four floats.
  static func archive(_ pickle: [UInt8], storage: [UInt8] = [UInt8](repeating: 0, count: 16)) -> [UInt8] {
    var zip = ZipBuilder()
    zip.add("a/data.pkl", pickle)
    zip.add("a/data/0", storage)
    return zip.bytes()
  }
}
