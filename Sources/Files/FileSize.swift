internal import CLIPSystem

/// How long files are, without opening them.
package enum FileSize {
  /// The size of a regular file in bytes; links are followed. Nil where there is none.
  package static func of(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }
}
