import CCLIPZlib

/// Decompresses gzip, zlib and raw deflate data within a stated size.
public enum Gzip {
  /// What wraps the deflate stream.
  public enum Wrapper: Sendable {
    case gzip, zlib, raw

    var windowBits: Int32 {
      switch self {
      case .gzip: 15 + 16
      case .zlib: 15
      case .raw: -15
      }
    }
  }

  /// Whether bytes begin as a gzip file does.
  public static func isCompressed(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The decompressed bytes.
  /// - Parameter limit: the largest result accepted: a small file can unpack to gigabytes
  /// - Throws: ``InputError`` when the data is corrupt, truncated or larger than `limit`.
  public static func decompress(_ bytes: [UInt8], wrapper: Wrapper = .gzip, limit: Int = 1 << 30) throws -> [UInt8] {
    var stream = z_stream()
    guard carbonclip_inflate_init(&stream, wrapper.windowBits) == Z_OK else {
      throw InputError("cannot start decompressing: out of memory")
    }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var status = Z_OK
    try input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(clamping: source.count)
      while status != Z_STREAM_END {
        let produced = chunk.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return target.count - Int(stream.avail_out)
        }
        guard status == Z_OK || status == Z_STREAM_END, status == Z_STREAM_END || produced > 0 else {
          throw InputError(
            "compressed data is corrupt or cut short after \(output.count) bytes", advice: "fetch the file again")
        }
        guard output.count + produced <= limit else {
          throw InputError("unpacks to more than the \(limit) bytes allowed here")
        }
        output.append(contentsOf: chunk[..<produced])
      }
    }
    return output
  }
}
