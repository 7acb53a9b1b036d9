internal import CLIPFiles
internal import GRDB

/// Studies on media where nothing may be written, which SQLite cannot read in place while they have a journal.
enum StudyCopy {
  /// A study's state as it lies on disk, with its journal where there is one.
  static func inMemory(_ path: String) throws -> DatabaseQueue {
    let work = try WorkFolder(), folder = work.path
    defer { withExtendedLifetime(work) {} }
    for ending in ["", "-wal"] where Folder.containsFile(path + ending) {
      try AtomicFile.write(try TextFile.bytes(of: path + ending), to: "\(folder)/study.sqlite\(ending)")
    }
    let memory = try DatabaseQueue()
    try DatabaseQueue(path: "\(folder)/study.sqlite").backup(to: memory)
    return memory
  }
}
