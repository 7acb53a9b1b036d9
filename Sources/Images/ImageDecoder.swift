import CImageCodecs
import Files

/// How far a decoder goes.
public struct DecodingOptions: Equatable, Sendable {
  /// The most pixels a picture may have; more is refused before any memory is set aside. The default is the number
  /// at which Pillow refuses too.
  public var maximumPixels: Int
  /// Whether the picture is turned upright as its EXIF tag says. open_clip does not, so neither does the default.
  public var appliesOrientation: Bool

  public init(maximumPixels: Int = 178_956_970, appliesOrientation: Bool = false) {
    self.maximumPixels = maximumPixels
    self.appliesOrientation = appliesOrientation
  }
}

/// The kinds of picture that can be read.
public enum ImageFormat: String, CaseIterable, Sendable {
  case jpeg, png, webp

  /// The kind that a file's first bytes announce, whatever its name says.
  public static func recognize(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if bytes.count >= 12, bytes.starts(with: Array("RIFF".utf8)), bytes[8..<12].elementsEqual("WEBP".utf8) {
      return .webp
    }
    return nil
  }
}

/// Turns a JPEG, PNG or WebP file's bytes into 8-bit RGB, as Pillow's `convert("RGB")` does: alpha is dropped.
///
/// Baseline and progressive JPEG in grey, YCbCr, RGB and CMYK; PNG of every kind; still WebP.
public enum ImageDecoder {
  /// - Throws: ``InputError`` when the bytes are none of these, damaged, cut short or too large a picture. The caller
  ///   adds the file's name.
  public static func decode(_ bytes: UnsafeRawBufferPointer, _ options: DecodingOptions = .init()) throws -> PixelImage {
    guard !bytes.isEmpty else { throw InputError("the image is empty (0 bytes)") }
    guard let format = ImageFormat.recognize(bytes) else { throw InputError("is not a JPEG, PNG or WebP image") }
    let source = bytes.assumingMemoryBound(to: UInt8.self)
    let codec = Codec(format)
    var rows = 0, columns = 0
    try Self.calling { codec.size(source.baseAddress, source.count, &rows, &columns, $0) }
    let (pixels, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard rows > 0, columns > 0, !overflow, pixels <= options.maximumPixels else {
      throw InputError(
        "is \(columns) x \(rows) pixels, more than the \(options.maximumPixels) allowed",
        advice: "raise the limit with --max-image-pixels")
    }
    let decoded = try [UInt8](unsafeUninitializedCapacity: pixels * 3) { target, count in
      try Self.calling { codec.decode(source.baseAddress, source.count, target.baseAddress, rows, columns, $0) }
      count = pixels * 3
    }
    let image = PixelImage(rows: rows, columns: columns, pixels: decoded)
    guard options.appliesOrientation else { return image }
    return image.upright(from: ExifOrientation.read(bytes, format))
  }

  /// The same for bytes in an array.
  public static func decode(_ bytes: [UInt8], _ options: DecodingOptions = .init()) throws -> PixelImage {
    try bytes.withUnsafeBytes { try decode($0, options) }
  }

  /// Calls a codec and turns its message into an error.
  static func calling(_ body: (UnsafeMutablePointer<CChar>) -> Int32) throws {
    var message = [CChar](repeating: 0, count: Int(IC_MESSAGE_SIZE))
    let status = message.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map(body) ?? -1
    }
    guard status == 0 else {
      let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw InputError(text.isEmpty ? "cannot be decoded" : text)
    }
  }
}

/// The C functions of one format.
private struct Codec {
  typealias Size = (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<CChar>?
  ) -> Int32
  typealias Decode = (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, Int, Int, UnsafeMutablePointer<CChar>?
  ) -> Int32

  let size: Size
  let decode: Decode

  init(_ format: ImageFormat) {
    switch format {
    case .jpeg: (size, decode) = (ic_jpeg_size, ic_jpeg_decode)
    case .png: (size, decode) = (ic_png_size, ic_png_decode)
    case .webp: (size, decode) = (ic_webp_size, ic_webp_decode)
    }
  }
}
