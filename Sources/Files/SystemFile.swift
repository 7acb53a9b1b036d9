internal import CLIPSystem

/// Reads the small files in which Linux reports about itself; they have no length, so they cannot be mapped.
package enum SystemFile {
  /// The first bytes of a file, or the system's word for why it cannot be read.
  package static func read(_ path: String, limit: Int = 1 << 16) -> Result<String, Unreadable> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(Unreadable(path: path)) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit), count = 0
    while count < limit {
      let read = bytes.withUnsafeMutableBytes { buffer in
        Self.read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      }
      if read < 0 && errno == EINTR { continue }
      guard read >= 0 else { return .failure(Unreadable(path: path)) }
      if read == 0 { break }
      count += read
    }
    return .success(String(decoding: bytes[..<count], as: UTF8.self))
  }

  private static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer.baseAddress, buffer.count)
    #else
      Darwin.read(descriptor, buffer.baseAddress, buffer.count)
    #endif
  }

  /// The whole number that a file holds.
  package static func integer(in path: String) -> Result<UInt64, Unreadable> {
    read(path, limit: 64).flatMap { text in
      UInt64(text.trimmed).map { .success($0) } ?? .failure(Unreadable(path: path, reason: "holds no number"))
    }
  }

  /// Why a file could not be read.
  package struct Unreadable: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }

    /// With the system's last error as the reason.
    fileprivate init(path: String) {
      let isForbidden = errno == EACCES || errno == EPERM
      self.init(path: path, reason: String(cString: strerror(errno)) + (isForbidden ? " (only root may read it)" : ""))
    }

    package var description: String { "\(path): \(reason)" }
  }
}
