#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Finds the files that come with the toolkit: the repository's `data` folder.
public enum DataFolder {
  /// The full path of a file under `data`.
  ///
  /// Looked for in `$CARBONCLIP_DATA`, then in `data` beside the program or in a folder above it, then in `data` here.
  /// - Throws: ``InputError`` when no such file is found.
  public static func path(_ name: String) throws -> String {
    var folders: [String] = []
    if let setting = getenv("CARBONCLIP_DATA") { folders.append(String(cString: setting)) }
    var above = Folder.parent(of: executable ?? "./.")
    for _ in 0..<6 {
      folders.append("\(above)/data")
      if above == "/" || above == "." { break }
      above = Folder.parent(of: above)
    }
    folders.append("data")
    for folder in folders where Folder.containsFile("\(folder)/\(name)") { return "\(folder)/\(name)" }
    throw InputError(
      "the toolkit's own file data/\(name) was not found", advice: "set CARBONCLIP_DATA to the folder that holds it")
  }

  /// The running program's file, links followed.
  private static var executable: String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
