import CLIPFiles
import CLIPImages

/// Pictures.
enum PictureReaders {
  private static let fixtures = "Tests/ImagesTests/Fixtures/formats"

  static var all: [Reader] {
    [
      picture("jpeg", ".jpg"), picture("png", ".png") { Seals.png(&$0) }, picture("webp", ".webp"),
    ]
  }

  private static func picture(_ name: String, _ ending: String, seal: ((inout [UInt8]) -> Void)? = nil) -> Reader {
    Reader(
      name: name, file: "picture\(ending)", grammar: .binary, seal: seal, memory: 1 << 30,
      seeds: { try $0.folder(fixtures, ending) },
      read: { path, _ in
        let bytes = try TextFile.bytes(of: path)
        _ = try bytes.withUnsafeBytes { try ImageDecoder.size(of: $0) }
        // As large as PIL reads is allowed to cost half a gigabyte; a smaller limit keeps a case short.
        _ = try ImageDecoder.decode(bytes, DecodingOptions(maximumPixels: 1 << 22, appliesOrientation: true))
      })
  }
}
