import CLIPFiles
import CLIPSystem

/// The folder that a command writes a model to: never one that holds a model that nobody asked to replace.
struct OutputFolder {
  let path: String

  /// - Parameters:
  ///   - sources: what the command reads, which is never overwritten
  ///   - overwrites: whether a model that is there may be replaced
  /// - Throws: `InputError` where something would be lost.
  init(_ path: String, sources: [String], overwrites: Bool) throws {
    self.path = path
    guard try AtomicFolder.existing(path) != nil else {
      try Self.requirePlace(path)
      return
    }
    for source in sources
    where Self.real(source) == Self.real(path) || Self.real(Folder.parent(of: source)) == Self.real(path) {
      throw InputError("is what is read, and would be overwritten", file: path, advice: "name another --output")
    }
    let holdsModel = ["open_clip_config.json", "config.json", "onnx_config.json"].contains {
      Folder.containsFile("\(path)/\($0)")
    }
    if holdsModel, !overwrites {
      throw InputError("holds a model already", file: path, advice: "name another --output, or add --overwrite")
    }
  }

  /// Refuses a place in which no folder can be made, before minutes are worked for it.
  private static func requirePlace(_ path: String) throws {
    var place = Folder.parent(of: path)
    while !Folder.exists(place), Folder.parent(of: place) != place { place = Folder.parent(of: place) }
    guard access(place, W_OK | X_OK) == 0 else {
      throw InputError(
        "no folder can be made in \(place): \(lastSystemError())", file: path, advice: "name another --output")
    }
  }

  private static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }
}
