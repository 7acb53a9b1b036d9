internal import CLIPSystem

/// A file that one of several processes makes, on whatever machines they are, and that appears whole.
package enum ExclusiveFile {
  /// Makes it where it is not there.
  ///
  /// Written beside its place and linked to it: a link is made once, also on file systems that machines share. One without
  /// links makes it exclusively instead; then it may be seen before its text is.
  /// - Returns: whether this call made it
  /// - Throws: ``InputError`` where neither can be.
  package static func make(_ text: String, at path: String) throws -> Bool {
    let temporary = TemporaryName.beside(path)
    try write(text, to: temporary, for: path)
    defer { unlink(temporary) }
    if link(temporary, path) == 0 {
      Folder.sync(Folder.parent(of: path))
      return true
    }
    let reason = errno
    // An answer that was lost on its way is asked for again, and the server finds its own link.
    var status = stat()
    if stat(temporary, &status) == 0, status.st_nlink == 2 { return true }
    if reason == EEXIST { return false }
    guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS, EMLINK].contains(reason) else {
      errno = reason
      throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    do { try write(text, to: path, for: path) } catch let error as Taken where error == .taken { return false }
    Folder.sync(Folder.parent(of: path))
    return true
  }

  private enum Taken: Error { case taken }

  private static func write(_ text: String, to place: String, for path: String) throws {
    let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if errno == EEXIST { throw Taken.taken }
      throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        let error = InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
        unlink(place)
        throw error
      }
      rest = rest.dropFirst(written)
    }
    guard fsync(descriptor) == 0 else {
      let error = InputError("cannot sync: \(lastSystemError())", file: path, advice: lastSystemAdvice())
      unlink(place)
      throw error
    }
  }
}

/// Outside the type, whose own `write` hides the system's.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
