internal import Files
internal import GRDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Studies on media where nothing may be written, which SQLite cannot read in place while they have a journal.
enum StudyCopy {
  /// A study's state as it lies on disk, with its journal where there is one.
  static func inMemory(_ path: String) throws -> DatabaseQueue {
    let folder = "\(temporaryFolder)/carbonclip-study-\(getpid())-\(UInt64(UTCDate.now * 1e6))"
    try Folder.make(folder)
    defer { try? Folder.remove(folder) }
    for ending in ["", "-wal"] where Folder.containsFile(path + ending) {
      try AtomicFile.write(try TextFile.bytes(of: path + ending), to: "\(folder)/study.sqlite\(ending)")
    }
    let memory = try DatabaseQueue()
    try DatabaseQueue(path: "\(folder)/study.sqlite").backup(to: memory)
    return memory
  }

  private static var temporaryFolder: String {
    guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), !folder.isEmpty else { return "/tmp" }
    return folder
  }
}
