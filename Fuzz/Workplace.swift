import CLIPFiles
import CLIPSystem

/// Folders that are thrown away.
enum Workplace {
  /// A new folder, in memory where the system has such.
  static func temporaryFolder() throws -> String {
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? (access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
    var template = Array("\(place)/carbonclip-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw InputError("cannot make a folder: \(String(cString: strerror(errno)))", file: place)
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes a file, or a folder with all that lies in it; names may be of any bytes. Links are not followed.
  static func remove(_ path: String) { remove(Array(path.utf8CString)) }

  private static func remove(_ path: [CChar]) {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
      }
      if name == [0x2E] || name == [0x2E, 0x2E] { continue }
      remove(path.dropLast() + [0x2F] + name + [0])
    }
    closedir(folder)
    rmdir(path)
  }
}
