internal import CLIPSystem

/// Where a file may be written: one rule for every command.
///
/// - What does not exist yet is made, where its folder is.
/// - A regular file is replaced.
/// - A link to a regular file is followed: the file it leads to is replaced in its own folder, and the link stays.
/// - All else is refused: folders, devices, named pipes, sockets, links that lead nowhere or in circles, and what stands in
///   for this program's own streams (`/dev/stdout`).
package enum OutputPath {
  /// The path that is written for a path that was asked for: the same, or what its links lead to.
  /// - Throws: ``InputError`` for what may not be replaced.
  package static func resolved(_ path: String) throws -> String {
    guard !path.isEmpty else { throw InputError("an empty path cannot be written", advice: "name a file") }
    guard !path.hasSuffix("/") else { throw InputError("is a folder's name", file: path, advice: "name a file") }
    var place = path
    for _ in 0..<mostLinks {
      var status = stat()
      guard lstat(place, &status) == 0 else {
        guard errno == ENOENT, place != path else { return place }
        throw InputError("is a link to what is not there", file: path, advice: "name the file itself")
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG: return place
      case S_IFLNK: place = try target(of: place, asked: path)
      case let kind: throw InputError("is \(word(kind)), which is never replaced", file: path, advice: "name a file")
      }
    }
    throw InputError("cannot write: \(String(cString: strerror(ELOOP)))", file: path, advice: "name a file")
  }

  private static let mostLinks = 40

  private static func target(of link: String, asked path: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &buffer, buffer.count)
    guard count > 0, count < buffer.count else {
      throw InputError("cannot follow the link: \(lastSystemError())", file: path)
    }
    // What the system makes up for a process's own open files is no place to put a file.
    guard Folder.real(Folder.parent(of: link))?.hasPrefix("/proc/") != true else {
      throw InputError(
        "is an open stream, not a file", file: path, advice: "name a file, or use what the command prints (--json)")
    }
    let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return target.hasPrefix("/") ? target : "\(Folder.parent(of: link))/\(target)"
  }

  private static func word(_ kind: mode_t) -> String {
    switch kind {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
