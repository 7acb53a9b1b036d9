internal import CCLIPImageCodecs
internal import CLIPFiles

/// What a picture may ask for while it is read.
public struct DecodingOptions: Sendable, Equatable {
  /// The largest picture read, in pixels; the default is PIL's hard limit.
  public var maximumPixels: Int
  /// Whether the camera's orientation, EXIF tag 0x0112, is applied. open_clip does not, so the default is false.
  public var appliesOrientation: Bool

  /// Six gigabytes of samples: more than any limit a user may reasonably set, less than what could overflow.
  public static let hardLimit = 1 << 31

  /// The defaults are Pillow's limit, at which it refuses a picture as a bomb, and open_clip's way with orientation.
  public init(maximumPixels: Int = 178_956_970, appliesOrientation: Bool = false) {
    self.maximumPixels = maximumPixels
    self.appliesOrientation = appliesOrientation
  }
}

/// Reads JPEG, PNG and WebP pictures into 8-bit RGB, as PIL's `convert("RGB")` gives it: transparency is dropped, not
/// blended; 16-bit colors keep their high byte; 16-bit gray is clipped to 255; four-channel JPEGs are taken for Adobe's
/// inverted CMYK. JPEGs go through libjpeg-turbo's exact integer transform and triangle upsampling.
public enum ImageDecoder {
  /// Decodes a picture file's bytes.
  ///
  /// The header's size is checked before anything of that size is allocated.
  /// - Throws: ``InputError``, without a file's name, when the bytes are empty, of another format, cut short, damaged or
  ///   of a picture larger than the options allow.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, _ options: DecodingOptions = DecodingOptions()
  ) throws -> PixelImage {
    guard !bytes.isEmpty else { throw InputError("is empty, not a JPEG, PNG or WebP image") }
    guard let format = ImageFormat.recognize(bytes) else { throw unknown(bytes) }
    let codec = Codec(format)
    let (rows, columns) = try codec.size(of: bytes)
    let count = try byteCount(rows: rows, columns: columns, options)
    let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      try codec.decode(bytes, rows: rows, columns: columns, into: buffer)
      filled = count
    }
    let image = PixelImage(rows: rows, columns: columns, pixels: pixels)
    guard options.appliesOrientation else { return image }
    return image.oriented(Orientation.stored(in: bytes, format))
  }

  /// Decodes a picture file's bytes.
  /// - Throws: ``InputError`` as the other form does.
  public static func decode(_ bytes: [UInt8], _ options: DecodingOptions = DecodingOptions()) throws -> PixelImage {
    try bytes.withUnsafeBytes { try decode($0, options) }
  }

  /// The size in a picture file's header, before orientation; the pixels are not read.
  /// - Throws: ``InputError`` when the bytes are empty, of another format, or the header is cut short or damaged.
  public static func size(of bytes: UnsafeRawBufferPointer) throws -> (rows: Int, columns: Int) {
    guard !bytes.isEmpty else { throw InputError("is empty, not a JPEG, PNG or WebP image") }
    guard let format = ImageFormat.recognize(bytes) else { throw unknown(bytes) }
    return try Codec(format).size(of: bytes)
  }

  private static func unknown(_ bytes: UnsafeRawBufferPointer) -> InputError {
    guard let name = ImageFormat.foreign(bytes) else { return InputError("is not a JPEG, PNG or WebP image") }
    return InputError("is \(name), not a JPEG, PNG or WebP one", advice: "convert it")
  }

  private static func byteCount(rows: Int, columns: Int, _ options: DecodingOptions) throws -> Int {
    let limit = min(options.maximumPixels, DecodingOptions.hardLimit)
    let (pixels, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, pixels <= limit else {
      throw InputError(
        "is \(columns) x \(rows) pixels, more than the limit of \(limit) pixels",
        advice: "raise --max-image-pixels if you trust the file")
    }
    return pixels * 3
  }
}

/// A format's two functions in C, and what their failures mean.
private struct Codec {
  typealias Size = (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<UInt32>?,
    UnsafeMutablePointer<CChar>?
  ) -> ic_status
  typealias Decode = (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, UInt32, UInt32, UnsafeMutablePointer<CChar>?
  ) -> ic_status

  let format: ImageFormat
  let readSize: Size
  let readPixels: Decode

  init(_ format: ImageFormat) {
    self.format = format
    switch format {
    case .jpeg: (readSize, readPixels) = (ic_jpeg_size, ic_jpeg_decode)
    case .png: (readSize, readPixels) = (ic_png_size, ic_png_decode)
    case .webp: (readSize, readPixels) = (ic_webp_size, ic_webp_decode)
    }
  }

  func size(of bytes: UnsafeRawBufferPointer) throws -> (rows: Int, columns: Int) {
    var rows: UInt32 = 0
    var columns: UInt32 = 0
    try check { message in
      readSize(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &rows, &columns, message)
    }
    guard rows > 0, columns > 0 else { throw InputError("is a \(format.rawValue) image without pixels") }
    return (Int(rows), Int(columns))
  }

  func decode(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, into pixels: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    precondition(pixels.count >= rows * columns * 3, "the buffer does not hold \(rows) x \(columns) RGB pixels")
    try check { message in
      readPixels(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, pixels.baseAddress, UInt32(rows),
        UInt32(columns), message)
    }
  }

  private func check(_ call: (UnsafeMutablePointer<CChar>?) -> ic_status) throws {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IC_MESSAGE_SIZE)) { message in
      message.initialize(repeating: 0)
      let status = call(message.baseAddress)
      guard status != IC_OK else { return }
      let text = message.baseAddress.map { String(cString: $0) } ?? ""
      let name = format.rawValue
      switch status {
      case IC_TRUNCATED: throw InputError("is a \(name) image that is cut short")
      case IC_UNSUPPORTED: throw InputError("is a \(name) image that cannot be read: \(text)")
      case IC_NO_MEMORY: throw InputError("is a \(name) image for which memory does not suffice")
      default: throw InputError("is a damaged \(name) image\(text.isEmpty ? "" : ": " + text)")
      }
    }
  }
}
