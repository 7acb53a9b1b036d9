import CLIPFiles
import CLIPTensors
import CLIPWeights
import Testing

/// Files for NumPy, beside what NumPy and Python's zipfile write.
@Suite("NumPy files")
struct NumPyTests {
  private static func arrays() throws -> [NumPyArray] {
    [
      NumPyArray("image_features", Tensor([1, -2.5, 0.25, 3, 4, 1e-3], [2, 3])),
      NumPyArray("owner", integers: [0, -1, 1 << 40]),
      try NumPyArray("keys", texts: ["a", "\u{E9}t\u{E9}", "\u{1F6B2} x"]),
    ]
  }

  @Test("an archive has the bytes that Python's zipfile and numpy.save give it")
  func archive() throws {
    let folder = try TemporaryFolder(), path = "\(folder.path)/arrays.npz"
    try NumPyArchive.write(Self.arrays(), to: path)
    let expected = try TextFile.bytes(of: fixture("arrays.npz"))
    #expect(try TextFile.bytes(of: path) == expected)
  }

  @Test("a single array is a member of it; its elements begin at a multiple of 64 bytes")
  func single() throws {
    let folder = try TemporaryFolder(), archive = try TextFile.bytes(of: fixture("arrays.npz"))
    for array in try Self.arrays() {
      try array.write(to: "\(folder.path)/a.npy")
      let bytes = try TextFile.bytes(of: "\(folder.path)/a.npy")
      #expect(archive.firstRange(of: bytes) != nil, "\(array.name)")
      #expect((10 + Int(bytes[8]) + 256 * Int(bytes[9])) % 64 == 0)
    }
  }

  @Test("one long text among many is refused: all would be as long")
  func longTexts() {
    let texts = [String(repeating: "x", count: 100_000)] + [String](repeating: "y", count: 2684)
    #expect(
      message("") { _ = try NumPyArray("captions", texts: texts) }
        == "captions: 2685 texts, the longest of 100000 letters, are too large for a NumPy array; write a .safetensors "
        + "file")
    #expect(throws: Never.self) { try NumPyArray("captions", texts: texts.dropLast()) }
  }
}
