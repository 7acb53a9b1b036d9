import CCLIPVectorKernels
import CLIPFiles

/// Several arrays in one file, `.npz`: a ZIP archive whose members are stored as they are, as `numpy.savez` writes it.
///
/// Format: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
public enum NumPyArchive {
  /// Without the format's extension for larger files.
  private static let mostBytes = Int(UInt32.max)

  /// Writes arrays into a file that appears whole or not at all.
  /// - Throws: ``InputError`` when they have more than 4 GiB, or the file cannot be written.
  public static func write(_ arrays: [NumPyArray], to path: String) throws {
    var file = try AtomicFile(path: path)
    var directory: [UInt8] = [], position = 0
    for array in arrays {
      let bytes = array.bytes(), name = Array("\(array.name).npy".utf8)
      guard position + bytes.count + directory.count + 1024 <= mostBytes else {
        throw InputError("more than 4 GiB do not fit an .npz file", file: path, advice: "write a .safetensors file")
      }
      let checksum = bytes.withUnsafeBytes { vk_crc32($0.baseAddress, $0.count) }
      let size = little(UInt32(bytes.count))
      // Version 2.0, no flags, stored, midnight of 1 January 1980: the same bytes whenever they are written.
      let common =
        [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + little(checksum) + size + size + little(UInt16(name.count)) + [0, 0]
      try file.write([0x50, 0x4B, 3, 4] + common + name)
      try file.write(bytes)
      directory +=
        [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10) + little(UInt32(position)) + name
      position += 30 + name.count + bytes.count
    }
    let count = little(UInt16(arrays.count))
    try file.write(directory)
    try file.write(
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + little(UInt32(directory.count)) + little(UInt32(position))
        + [0, 0])
    try file.commit()
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
