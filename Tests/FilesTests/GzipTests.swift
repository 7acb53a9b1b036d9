import CLIPFiles
import Testing

@Suite struct GzipTests {
  /// `printf 'a photo of a cat\n' | gzip -n`, GNU gzip 1.12.
  static let photo: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4B, 0x54, 0x28, 0xC8, 0xC8, 0x2F,
    0xC9, 0x57, 0xC8, 0x4F, 0x53, 0x48, 0x54, 0x48, 0x4E, 0x2C, 0xE1, 0x02, 0x00, 0xC8, 0x08, 0x7F,
    0x82, 0x11, 0x00, 0x00, 0x00,
  ]

  @Test("a gzip file unpacks to what was packed")
  func unpacks() throws {
    #expect(Gzip.isCompressed(Self.photo))
    #expect(try Gzip.decompress(Self.photo) == Array("a photo of a cat\n".utf8))
  }

  @Test("a gzip file cut short anywhere is refused", arguments: 0..<37)
  func truncated(length: Int) throws {
    try #require(length < Self.photo.count)
    #expect(throws: InputError.self) { try Gzip.decompress(Array(Self.photo.prefix(length))) }
  }

  @Test("a damaged checksum is refused")
  func damaged() {
    var bytes = Self.photo
    bytes[bytes.count - 6] ^= 1
    #expect { try Gzip.decompress(bytes) } throws: {
      "\($0)".hasPrefix("compressed data is corrupt or cut short after")
        && "\($0)".hasSuffix("; fetch the file again")
    }
  }

  @Test("more than the limit is refused")
  func limit() {
    #expect { try Gzip.decompress(Self.photo, limit: 16) } throws: {
      "\($0)" == "unpacks to more than the 16 bytes allowed here"
    }
  }
}
