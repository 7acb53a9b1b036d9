internal import CLIPSystem

/// A file's bytes, mapped read-only and private: pages are read when touched and shared with other processes.
///
/// `@unchecked Sendable`: the mapping never changes after `init` and is released once, by `deinit`.
public final class MemoryMap: @unchecked Sendable {
  /// The whole file; valid as long as this object lives.
  public let bytes: UnsafeRawBufferPointer
  /// The file as it was named.
  public let path: String
  /// Whether the bytes are a mapping of ours; those that the program carries are not.
  private let isMapped: Bool

  /// Maps a regular file; an empty one gives no bytes.
  /// - Throws: ``InputError`` when the file cannot be opened, is not a regular file or cannot be mapped.
  public init(path: String) throws {
    self.path = path
    if let carried = DataFolder.carried(path) {
      bytes = carried
      isMapped = false
      return
    }
    // Non-blocking, or opening a named pipe would wait for a writer for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw InputError("cannot open: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw InputError("cannot read: \(lastSystemError())", file: path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError("is not a regular file", file: path, advice: "name a file")
    }
    let count = Int(status.st_size)
    isMapped = count > 0
    if count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw InputError("cannot map \(count) bytes: \(lastSystemError())", file: path)
    }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  /// Reads the whole file.
  public func read<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  deinit {
    if isMapped, let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
