internal import CLIPSystem

/// A folder for what a command needs only while it runs, in `$TMPDIR` or `/tmp`: nobody else can read it or know its name,
/// and it goes away with its owner. What killed processes left there is removed when the next one is made.
package final class WorkFolder {
  package let path: String
  private let lock: Int32

  /// - Throws: ``InputError`` where it cannot be made.
  package init() throws {
    let place = Self.place
    for name in (try? Folder.names(in: place)) ?? [] where name.hasPrefix(Self.stem) {
      Self.removeAbandoned("\(place)/\(name)")
    }
    while true {
      guard let template = strdup("\(place)/\(Self.stem)XXXXXX") else { throw InputError("out of memory") }
      defer { free(template) }
      guard mkdtemp(template) != nil else {
        throw InputError(
          "cannot make a folder for temporary files: \(lastSystemError())", file: place,
          advice: "set TMPDIR to a folder that can be written")
      }
      let made = String(cString: template)
      let descriptor = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if descriptor >= 0, Leftovers.hold(descriptor, made) {
        path = made
        lock = descriptor
        return
      }
      if descriptor >= 0 { close(descriptor) }
    }
  }

  deinit {
    try? Folder.remove(path)
    close(lock)
  }

  private static let stem = "carbonclip-work-"

  private static var place: String {
    guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), !folder.isEmpty else { return "/tmp" }
    return folder
  }

  /// Of this user's, and nobody holds its lock.
  private static func removeAbandoned(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      return
    }
    try? Folder.remove(path)
  }
}
