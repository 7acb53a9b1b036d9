internal import CLIPSystem

/// Temporary files and folders of commands that were killed while they wrote.
///
/// Whoever writes holds the kernel's lock (flock) on what is written, which ends with the process, however it ends: what
/// can be locked belongs to nobody. Where locks do not reach, on file systems that several machines share, what has not
/// changed for a day belongs to nobody.
package enum Leftovers {
  /// Removes them from a folder and from the folders in it, so many levels deep. What cannot be removed stays.
  package static func sweep(_ folder: String, depth: Int = 0) {
    // Another program's file could be named as ours were once: only in folders that are ours.
    sweep(folder, depth: depth, withOld: true)
  }

  /// The same for a folder that is about to be written to, once in this process's life.
  static func sweepOnce(_ folder: String, for name: String) {
    guard swept.withLock({ $0.insert(folder).inserted }) else { return }
    sweep(folder, depth: 0, withOld: false, oldStem: name)
  }

  /// Which folders were looked through: a data set of a million files is not listed for each file that is added.
  private static let swept = Lock<Set<String>>([])

  private static func sweep(_ folder: String, depth: Int, withOld: Bool, oldStem: String? = nil) {
    for name in (try? Folder.names(in: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      if TemporaryName.isTemporary(name) {
        if isAbandoned(path) { try? Folder.remove(path) }
      } else if let process = TemporaryName.process(in: name) {
        guard withOld || oldStem.map({ name.hasPrefix($0 + ".partial-") }) == true else { continue }
        if (kill(process, 0) != 0 && errno == ESRCH) || isOld(path) { try? Folder.remove(path) }
      } else if depth > 0, isFolder(path) {
        sweep(path, depth: depth - 1, withOld: withOld)
      }
    }
  }

  private static let day = 86_400

  private static func isAbandoned(_ path: String) -> Bool {
    guard !FileSystem.isShared(path) else { return isOld(path) }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    return errno == EWOULDBLOCK ? false : isOld(path)
  }

  private static func isOld(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    #if canImport(Darwin)
      let changed = status.st_mtimespec.tv_sec
    #else
      let changed = status.st_mtim.tv_sec
    #endif
    return time(nil) - changed > day
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Takes the lock on what was just made at a path; false where a sweeper had it first and has removed it.
  static func hold(_ descriptor: Int32, _ path: String) -> Bool {
    var held = flock(descriptor, LOCK_EX)
    while held != 0 && errno == EINTR { held = flock(descriptor, LOCK_EX) }
    var own = stat(), there = stat()
    return fstat(descriptor, &own) == 0 && lstat(path, &there) == 0 && own.st_ino == there.st_ino
  }
}
