import CCLIPZlib
internal import CLIPSystem

/// A folder of files that belong together, such as a model, that appears whole: written beside its place, then put there at
/// once; what stood there before is exchanged for it in one step (renameat2 with RENAME_EXCHANGE). Files of other names
/// that lie there stay.
///
/// Where the system cannot exchange, or other folders lie there, the files are moved one by one. A file `INCOMPLETE` stands
/// there from before the first until after the last, and the configurations of before are gone meanwhile: whoever opens
/// such a folder is told, instead of being given new weights with an old configuration.
public struct AtomicFolder {
  /// The file that says that a folder was not written to its end.
  package static let incompleteName = "INCOMPLETE"
  /// Files without which nobody takes a folder for a model.
  private static let configurations = ["open_clip_config.json", "config.json", "onnx_config.json"]

  private let place: String
  private let temporary: String
  private let lock: Int32

  /// Writes a folder.
  /// - Parameters:
  ///   - path: of the folder; made with those above it where it is missing
  ///   - body: writes the files into the folder that it is given
  /// - Throws: ``InputError`` where it cannot be written, and what `body` throws: what stood there before is then untouched.
  public static func write<Result>(to path: String, _ body: (_ folder: String) throws -> Result) throws -> Result {
    let folder = try AtomicFolder(path)
    defer {
      try? Folder.remove(folder.temporary)
      close(folder.lock)
    }
    do {
      let result = try body(folder.temporary)
      try folder.commit()
      return result
    } catch var error as InputError {
      // In the user's words: the place that was asked for.
      if let file = error.file, file.hasPrefix(folder.temporary) {
        error.file = path + file.dropFirst(folder.temporary.count)
      }
      throw error
    }
  }

  /// Whether a folder was not written to its end.
  /// - Throws: ``InputError`` where it was not.
  package static func requireComplete(_ folder: String) throws {
    guard !Folder.containsFile("\(folder)/\(incompleteName)") else {
      throw InputError(
        "is incomplete: the command that wrote it was interrupted", file: folder,
        advice: "write it again (with --overwrite)")
    }
  }

  private init(_ path: String) throws {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if let real = try Self.existing(path) {
      place = real
    } else {
      try Folder.make(Folder.parent(of: path))
      place = path
    }
    let above = Folder.parent(of: place)
    Leftovers.sweepOnce(above, for: Folder.name(of: place))
    Leftovers.sweep(place)
    // Beside it where that is the same file system and may be written; else inside.
    let isBeside =
      Self.device(above) == (Self.device(place) ?? Self.device(above)) && access(above, W_OK) == 0
      && !Self.holdsWorkingDirectory(place)
    while true {
      let name = TemporaryName.beside(isBeside ? place : "\(place)/folder")
      guard mkdir(name, 0o755) == 0 else {
        if errno == EEXIST { continue }
        throw InputError("cannot make folder: \(lastSystemError())", file: path, advice: lastSystemAdvice())
      }
      let descriptor = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if descriptor >= 0, Leftovers.hold(descriptor, name) {
        lock = descriptor
        temporary = name
        return
      }
      if descriptor >= 0 { close(descriptor) }
    }
  }

  /// The folder that a path leads to, or nil where nothing is there yet.
  /// - Throws: ``InputError`` for what is there and is no folder.
  @discardableResult
  package static func existing(_ path: String) throws -> String? {
    guard !path.isEmpty else { throw InputError("a folder's path is empty", advice: "name a folder") }
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    if Folder.exists(path), let real = Folder.real(path) { return real }
    let isLink = status.st_mode & S_IFMT == S_IFLNK
    throw InputError(
      isLink ? "is a link that leads to no folder" : "is no folder", file: path, advice: "name another folder")
  }

  /// Whether this process stands in a folder: then it must stay the same one.
  private static func holdsWorkingDirectory(_ folder: String) -> Bool {
    guard let here = Folder.real(".") else { return false }
    return here == folder || here.hasPrefix(folder + "/")
  }

  private static func device(_ path: String) -> dev_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_dev : nil
  }

  private func commit() throws {
    Folder.sync(temporary)
    guard Folder.exists(place) else {
      guard rename(temporary, place) == 0 else {
        throw InputError("cannot rename into place: \(lastSystemError())", file: place, advice: lastSystemAdvice())
      }
      Folder.sync(Folder.parent(of: place))
      return
    }
    if try keepOthers(), carbonclip_exchange(temporary, place) == 0 {
      Folder.sync(Folder.parent(of: place))
      return
    }
    try moveFiles()
  }

  /// Gives the new folder the files of other names that lie in the old one; false where that is not possible.
  private func keepOthers() throws -> Bool {
    guard Self.device(temporary) == Self.device(place), !temporary.hasPrefix(place + "/") else { return false }
    var status = stat()
    if stat(place, &status) == 0 {
      // The folder of a group stays the group's.
      chown(temporary, uid_t.max, status.st_gid)
      chmod(temporary, status.st_mode & 0o7777)
    }
    let new = Set(try Folder.names(in: temporary))
    for name in try Folder.names(in: place) where !new.contains(name) && name != Self.incompleteName {
      var status = stat()
      guard lstat("\(place)/\(name)", &status) == 0, status.st_mode & S_IFMT != S_IFDIR,
        link("\(place)/\(name)", "\(temporary)/\(name)") == 0
      else { return false }
    }
    return true
  }

  private func moveFiles() throws {
    // Also what was linked by an attempt to exchange: moving it onto itself changes nothing.
    let names = try Folder.names(in: temporary)
    try Folder.make(place)
    for name in names where Folder.exists("\(place)/\(name)") {
      throw InputError("is a folder, where a file is to be written", file: "\(place)/\(name)")
    }
    try AtomicFile.write("This folder is being written, or the command that wrote it was interrupted.\n", to: mark)
    for name in Self.configurations where Folder.containsFile("\(place)/\(name)") {
      try Folder.remove("\(place)/\(name)")
    }
    Folder.sync(place)
    for isConfiguration in [false, true] {
      for name in names where Self.configurations.contains(name) == isConfiguration {
        try Self.move("\(temporary)/\(name)", to: "\(place)/\(name)")
      }
      Folder.sync(place)
    }
    try Folder.remove(mark)
    Folder.sync(place)
  }

  private static func move(_ file: String, to target: String) throws {
    if rename(file, target) == 0 { return }
    guard errno == EXDEV else {
      throw InputError("cannot rename into place: \(lastSystemError())", file: target, advice: lastSystemAdvice())
    }
    // The place is a mount of its own.
    let map = try MemoryMap(path: file)
    var copy = try AtomicFile(path: target)
    try map.read { try copy.write($0) }
    try copy.commit()
  }

  private var mark: String { "\(place)/\(Self.incompleteName)" }
}
