import CLIPFiles
public import CLIPTensors

/// An array on its way into a `.npy` file or a `.npz` archive.
///
/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
public struct NumPyArray {
  /// Its name in an archive, without an ending.
  public let name: String
  /// The whole file: header and elements.
  let bytes: () -> [UInt8]

  private init(_ name: String, _ kind: String, _ shape: [Int], elements: @escaping () -> [UInt8]) {
    self.name = name
    bytes = { Self.header(kind, shape) + elements() }
  }

  /// Floats, `float32`.
  public init(_ name: String, _ tensor: Tensor) {
    self.init(name, "<f4", tensor.shape.extents) { tensor.withUnsafeElements { Array(UnsafeRawBufferPointer($0)) } }
  }

  /// Whole numbers, `int64`.
  public init(_ name: String, integers: [Int]) {
    self.init(name, "<i8", [integers.count]) { integers.map { Int64($0).littleEndian }.withUnsafeBytes { Array($0) } }
  }

  /// Texts, `str_` of the longest one's length.
  /// - Throws: ``InputError`` when one long text would make all places so large that they fill the memory.
  public init(_ name: String, texts: [String]) throws {
    let width = max(1, texts.lazy.map(\.unicodeScalars.count).max() ?? 0)
    guard texts.count <= Self.mostTextBytes / (4 * width) else {
      throw InputError(
        "\(texts.count) texts, the longest of \(width) letters, are too large for a NumPy array", at: name,
        advice: "write a .safetensors file")
    }
    self.init(name, "<U\(width)", [texts.count]) {
      var letters = [UInt32](repeating: 0, count: width * texts.count)
      for (row, text) in texts.enumerated() {
        for (place, scalar) in text.unicodeScalars.enumerated() {
          letters[row * width + place] = scalar.value.littleEndian
        }
      }
      return letters.withUnsafeBytes { Array($0) }
    }
  }

  private static let mostTextBytes = 1 << 30

  /// Writes the array as a `.npy` file that appears whole or not at all.
  /// - Throws: ``InputError`` when the file cannot be written.
  public func write(to path: String) throws { try AtomicFile.write(bytes(), to: path) }

  /// Magic, version, length and a Python dictionary; elements begin at a multiple of 64 bytes.
  private static func header(_ kind: String, _ shape: [Int]) -> [UInt8] {
    let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(extents)), }"
    text += String(repeating: " ", count: 63 - (text.utf8.count + 10) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count & 255), UInt8(text.utf8.count >> 8)] + text.utf8
  }
}
