internal import CLIPSystem

/// How long ago a file changed by its file system's own clock: machines that share one need not agree on the time.
package enum FileAge {
  /// Seconds since the file was last changed or touched; nil where it is not there.
  ///
  /// Opened first: a network file system then asks its server and not its memory.
  package static func seconds(of path: String) -> Double? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let changed = changed(descriptor) else { return nil }
    return max(0, now(beside: path) - changed)
  }

  /// Says that a file is still cared for; false where it is not there.
  @discardableResult
  package static func touch(_ path: String) -> Bool { utimes(path, nil) == 0 }

  /// The file system's time, from a file that is made for it; this machine's where none can be made.
  private static func now(beside path: String) -> Double {
    let probe = TemporaryName.beside(path)
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return UTCDate.now }
    defer {
      close(descriptor)
      unlink(probe)
    }
    return changed(descriptor) ?? UTCDate.now
  }

  private static func changed(_ descriptor: Int32) -> Double? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
