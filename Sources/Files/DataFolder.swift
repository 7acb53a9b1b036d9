internal import CCLIPData
internal import CLIPSystem

/// The files that come with the toolkit: the repository's `data` folder, which every program that uses it carries inside.
public enum DataFolder {
  /// The start of the paths of files that the program carries. ``MemoryMap`` opens them as it does files on disk.
  static let prefix = "carbonclip:data/"

  /// The path of a file under `data`, to be opened by this module's readers.
  ///
  /// The one in the folder `$CARBONCLIP_DATA` names, where it has one, goes before the one that the program carries.
  /// - Throws: ``InputError`` when no such file is known.
  public static func path(_ name: String) throws -> String {
    try checkSetting()
    for folder in folders where Folder.containsFile("\(folder)/\(name)") { return "\(folder)/\(name)" }
    guard files[name] != nil else {
      throw InputError(
        "the toolkit's own file data/\(name) was not found", advice: "set CARBONCLIP_DATA to the folder that holds it")
    }
    return prefix + name
  }

  /// The names of the files in a folder under `data`, sorted by their bytes.
  /// - Throws: ``InputError`` when a folder that `$CARBONCLIP_DATA` names cannot be read.
  public static func names(in folder: String) throws -> [String] {
    try checkSetting()
    var names = Set(carriedNames(in: folder))
    for outer in folders where Folder.exists("\(outer)/\(folder)") {
      names.formUnion(try Folder.names(in: "\(outer)/\(folder)"))
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The path of what a program carries for `data/NAME`, a file or a folder; nil for every other text.
  package static func carried(named path: String) -> String? {
    guard path.hasPrefix("data/") else { return nil }
    var name = path.dropFirst("data/".count)
    while name.last == "/" { name.removeLast() }
    let carried = prefix + name
    return self.carried(carried) != nil || carriesFolder(carried) ? carried : nil
  }

  /// A mistyped folder must not pass for none: other figures would be used than those that were meant.
  private static func checkSetting() throws {
    guard let setting else { return }
    guard Folder.exists(setting) else {
      throw InputError(
        "CARBONCLIP_DATA names no folder: \(setting.quoted())",
        advice: "name a copy of the folder data, or leave the variable unset")
    }
    let known = Set(files.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    guard known.isEmpty || known.contains(where: { Folder.exists("\(setting)/\($0)") }) else {
      throw InputError(
        "CARBONCLIP_DATA names a folder with nothing of the toolkit's", file: setting,
        advice: "it may hold \(known.sorted().joined(separator: ", "))")
    }
  }

  private static var setting: String? { getenv("CARBONCLIP_DATA").map { String(cString: $0) } }

  /// The name under `data` of a folder that the program carries; nil for every other path.
  static func carriedFolder(_ path: String) -> String? {
    guard path.hasPrefix(prefix) else { return nil }
    let name = String(path.dropFirst(prefix.count))
    return files.keys.contains { $0.hasPrefix("\(name)/") } ? name : nil
  }

  static func carriesFolder(_ path: String) -> Bool { carriedFolder(path) != nil }

  static func carriedNames(in folder: String) -> [String] {
    files.keys.filter { $0.hasPrefix("\(folder)/") }.map { String($0.dropFirst(folder.count + 1)) }.sorted()
  }

  /// The bytes of a file that the program carries; nil for every other path.
  static func carried(_ path: String) -> UnsafeRawBufferPointer? {
    guard path.hasPrefix(prefix) else { return nil }
    return files[String(path.dropFirst(prefix.count))]?.bytes
  }

  /// The folders on disk that go before what is carried; where nothing is carried, the one above the program too.
  private static var folders: [String] {
    var folders: [String] = []
    if let setting { folders.append(setting) }
    guard files.isEmpty else { return folders }
    if let share = ShareFolder.path { folders.append("\(share)/data") }
    var above = Folder.parent(of: ProgramFile.path ?? "./.")
    for _ in 0..<6 {
      folders.append("\(above)/data")
      if above == "/" || above == "." { break }
      above = Folder.parent(of: above)
    }
    return folders + ["data"]
  }

  /// `@unchecked Sendable`: constants of the program, which nobody writes.
  private struct Carried: @unchecked Sendable { let bytes: UnsafeRawBufferPointer }

  private static let files: [String: Carried] = {
    var count = 0
    let first = carbonclip_data_files(&count)
    return Dictionary(
      UnsafeBufferPointer(start: first, count: count).map {
        (String(cString: $0.name), Carried(bytes: UnsafeRawBufferPointer(start: $0.bytes, count: $0.count)))
      }, uniquingKeysWith: { first, _ in first })
  }()
}
