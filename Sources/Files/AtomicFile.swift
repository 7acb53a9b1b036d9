#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears whole or not at all: written beside its place, synced, then renamed over it.
///
/// Dropped without ``commit()`` it removes its temporary file; what stood at `path` before stays untouched.
public struct AtomicFile: ~Copyable {
  /// Where the file will stand.
  public let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var isOpen = true

  /// Opens a temporary file beside `path`.
  /// - Throws: ``InputError`` when the folder is missing, read-only or full.
  public init(path: String) throws {
    self.path = path
    temporaryPath = "\(path).partial-\(getpid())"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
  }

  /// Appends bytes.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      // Linux writes at most 2 GiB a call.
      #if canImport(Glibc)
        let written = Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
      #elseif canImport(Musl)
        let written = Musl.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
      #else
        let written = Darwin.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
      #endif
      if written < 0 {
        if errno == EINTR { continue }
        throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Appends bytes.
  public mutating func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// Appends text as UTF-8.
  public mutating func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Syncs the bytes and puts the file in its place; nothing can be written afterwards.
  public mutating func commit() throws {
    guard fsync(descriptor) == 0 else {
      throw InputError("cannot sync: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    isOpen = false
    guard close(descriptor) == 0 else {
      unlink(temporaryPath)
      throw InputError("cannot close: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    guard rename(temporaryPath, path) == 0 else {
      let reason = lastSystemError()
      unlink(temporaryPath)
      throw InputError("cannot rename into place: \(reason)", file: path)
    }
    Folder.sync(Folder.parent(of: path))
  }

  deinit {
    if isOpen {
      close(descriptor)
      unlink(temporaryPath)
    }
  }

  /// Writes a whole file in one go.
  public static func write(_ text: String, to path: String) throws {
    var file = try AtomicFile(path: path)
    try file.write(text)
    try file.commit()
  }

  /// Writes a whole file in one go.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    var file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit()
  }
}
