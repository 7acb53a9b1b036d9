internal import CLIPSystem

/// Never through a link, and never over what is there: somebody else's.
private func systemOpen(_ path: String) -> Int32 {
  open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
}

/// A file that appears whole or not at all: written beside its place, synced, then renamed over it.
///
/// Dropped without ``commit()`` it removes its temporary file; what stood at `path` before stays untouched. What a killed
/// process left in the same folder is removed; see ``Leftovers``.
public struct AtomicFile: ~Copyable {
  /// Where the file was asked for.
  public let path: String
  /// Where it will stand: the same, unless that is a link; see ``OutputPath``.
  private let place: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var isOpen = true

  /// Opens a temporary file beside `path`.
  /// - Throws: ``InputError`` when what is there is no regular file, or the folder is missing, read-only or full.
  public init(path: String) throws {
    let place = try OutputPath.resolved(path)
    Leftovers.sweepOnce(Folder.parent(of: place), for: Folder.name(of: place))
    let opened = try Self.open(beside: place, for: path)
    self.path = path
    self.place = place
    descriptor = opened.descriptor
    temporaryPath = opened.path
  }

  private static func open(beside place: String, for path: String) throws -> (descriptor: Int32, path: String) {
    while true {
      let temporary = TemporaryName.beside(place)
      let descriptor = systemOpen(temporary)
      guard descriptor >= 0 else {
        if errno == EEXIST || errno == EINTR { continue }
        throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
      }
      if Leftovers.hold(descriptor, temporary) { return (descriptor, temporary) }
      close(descriptor)
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
    // What came there meanwhile is looked at, too. The lock is held until the name is gone.
    guard try OutputPath.resolved(path) == place else {
      throw InputError("was replaced by a link while it was written", file: path)
    }
    guard rename(temporaryPath, place) == 0 else {
      throw InputError("cannot rename into place: \(lastSystemError())", file: path)
    }
    isOpen = false
    guard close(descriptor) == 0 else {
      throw InputError("cannot close: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    Folder.sync(Folder.parent(of: place))
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
