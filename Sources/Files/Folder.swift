internal import CLIPSystem

/// Folders and paths, without Foundation.
public enum Folder {
  /// Whether something of that name exists, and is a folder.
  public static func exists(_ path: String) -> Bool { kind(of: path) == S_IFDIR || DataFolder.carriesFolder(path) }

  /// Whether a regular file of that name exists.
  public static func containsFile(_ path: String) -> Bool {
    kind(of: path) == S_IFREG || DataFolder.carried(path) != nil
  }

  /// Whether something of that name exists, of whatever kind.
  package static func isThere(_ path: String) -> Bool {
    kind(of: path) != nil || DataFolder.carried(path) != nil || DataFolder.carriesFolder(path)
  }

  /// Whether everybody may put files into a folder, as into `/tmp`.
  static func isWritableByAll(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IWOTH != 0
  }

  /// The names in a folder, sorted by their bytes, without `.` and `..`.
  /// - Throws: ``InputError`` when the folder cannot be read.
  public static func names(in path: String) throws -> [String] {
    if let folder = DataFolder.carriedFolder(path) { return DataFolder.carriedNames(in: folder) }
    guard let stream = opendir(path) else {
      throw InputError("cannot list folder: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Makes a folder and the folders above it, where they are missing.
  /// - Throws: ``InputError`` when one cannot be made.
  public static func make(_ path: String) throws {
    guard !path.isEmpty else { throw InputError("a folder's path is empty", advice: "name a folder") }
    if exists(path) { return }
    let above = parent(of: path)
    if above != path { try make(above) }
    guard mkdir(path, 0o755) == 0 || (errno == EEXIST && exists(path)) else {
      throw InputError("cannot make folder: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
  }

  /// Removes a folder with all that it holds, or a file; links are removed, never followed. What is not there is no fault.
  /// - Throws: ``InputError`` when something cannot be removed.
  public static func remove(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    if isFolder { for name in try names(in: path) { try remove("\(path)/\(name)") } }
    guard (isFolder ? rmdir(path) : unlink(path)) == 0 || errno == ENOENT else {
      throw InputError("cannot remove: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
  }

  /// A path without links, or nil where it leads nowhere.
  package static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// Holds a name that a user gave for a run, a study or the like against the one rule for all: it names a folder right
  /// there, not elsewhere.
  package static func requirePlain(_ name: String, option: String) throws {
    // 200 bytes leave room for what is added to it; U+FFFD stands for bytes that are no text.
    guard name.contains(where: { !$0.isWhitespace }), !name.contains("/"), name != ".", name != "..",
      name.utf8.count <= 200,
      !name.unicodeScalars.contains(where: {
        $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0 == "\u{FFFD}"
      })
    else {
      throw InputError("\(option) must be a folder's name, found \(name.quoted())")
    }
  }

  /// The folder a path lies in; `.` for a bare name.
  public static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of a path.
  public static func name(of path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return String(trimmed) }
    return String(trimmed[trimmed.index(after: slash)...])
  }

  /// Makes a rename in a folder durable; a file system that cannot is left to its own devices.
  static func sync(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
