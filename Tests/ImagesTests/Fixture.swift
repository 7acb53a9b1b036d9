import CLIPFiles
import Foundation
import CLIPImages

/// Files and arrays beside the tests.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
  }

  static func decoded(_ path: String, _ options: DecodingOptions = DecodingOptions()) throws -> PixelImage {
    try ImageDecoder.decode(bytes(path), options)
  }

  /// The `formats/` files of some kinds.
  static func formats(_ extensions: String...) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("formats").path)
      .filter { name in extensions.contains { name.hasSuffix("." + $0) } }.sorted()
  }

  static let preprocess64 = Result { try GoldenArrays("preprocess64.safetensors") }
  static let preprocess224 = Result { try GoldenArrays("preprocess224_float.safetensors") }
  static let results = Result { try GoldenArrays("formats.safetensors") }
  static let augmentation = Result { try GoldenArrays("augmentation.safetensors") }
  static let augmentationFigures = Result { try JSONParser.parse(bytes("augmentation.json")) }
}

/// The arrays of a safetensors fixture; the tests' own reader, so that they depend on no other room's.
struct GoldenArrays: Sendable {
  private let bytes: [UInt8]
  private let header: JSONValue
  private let dataStart: Int

  init(_ name: String) throws {
    bytes = try Fixture.bytes(name)
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    dataStart = 8 + length
    header = try JSONParser.parse(Array(bytes[8..<dataStart]))
  }

  var names: [String] { header.objectValue?.keys ?? [] }

  func shape(_ name: String) throws -> [Int] {
    guard let shape = header[name]?["shape"]?.arrayValue else { throw InputError("the fixture has no \(name)") }
    return shape.compactMap(\.intValue)
  }

  func raw(_ name: String) throws -> ArraySlice<UInt8> {
    guard let offsets = header[name]?["data_offsets"]?.arrayValue?.compactMap(\.intValue), offsets.count == 2 else {
      throw InputError("the fixture has no \(name)")
    }
    return bytes[dataStart + offsets[0]..<dataStart + offsets[1]]
  }

  func image(_ name: String) throws -> PixelImage {
    let shape = try shape(name)
    return PixelImage(rows: shape[0], columns: shape[1], pixels: Array(try raw(name)))
  }

  func floats(_ name: String) throws -> [Float] {
    try Array(raw(name)).withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// The largest difference between two pictures of one size, or nil when their sizes differ.
func largestDifference(_ a: PixelImage, _ b: PixelImage) -> Int? {
  guard a.rows == b.rows, a.columns == b.columns else { return nil }
  return zip(a.pixels, b.pixels).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
}

/// The check sum of zlib and PNG.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  let table = (0..<256 as Range<UInt32>).map { index in
    (0..<8).reduce(index) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
}
