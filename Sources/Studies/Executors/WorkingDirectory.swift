internal import CLIPSystem

enum WorkingDirectory {
  /// Where this process is; a point where nobody can tell.
  static var path: String {
    guard let buffer = getcwd(nil, 0) else { return "." }
    defer { free(buffer) }
    return String(cString: buffer)
  }
}
