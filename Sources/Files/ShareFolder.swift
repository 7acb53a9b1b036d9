internal import CLIPSystem

/// What comes along beside the program: its checkpoints and recipes.
package enum ShareFolder {
  /// The folder that holds them: `PREFIX/share/carbonclip` of a program in `PREFIX/bin`, or the checkout that a program
  /// in `.build` was made from. Nil for a program that stands alone.
  package static let path: String? = ProgramFile.path.flatMap { find(besideProgram: $0) }

  /// The folder for a program's file, whose path has no links.
  package static func find(besideProgram program: String) -> String? {
    let folder = Folder.parent(of: program)
    let prefix = Folder.parent(of: folder)
    let shared = (prefix == "/" ? "" : prefix) + "/share/carbonclip"
    if holdsAll(shared) { return shared }
    guard let build = folder.firstRange(of: "/.build/") else { return nil }
    let checkout = String(folder[..<build.lowerBound])
    return holdsAll(checkout) ? checkout : nil
  }

  /// A file or folder in it by the path that it has in a checkout, such as `checkpoints/base`; nil where there is none.
  package static func find(_ name: String) -> String? {
    guard let path, !name.isEmpty, !name.hasPrefix("/"), Folder.isThere("\(path)/\(name)") else { return nil }
    return "\(path)/\(name)"
  }

  /// A path that a user names: as it is where it leads somewhere, else what comes along by that name, or what the program
  /// carries of `data`.
  package static func located(_ path: String) -> String {
    if Folder.isThere(path) { return path }
    return find(path) ?? DataFolder.carried(named: path) ?? path
  }

  /// The names of what comes along in one of its folders, such as `recipes`.
  package static func names(in folder: String) -> [String] {
    path.flatMap { try? Folder.names(in: "\($0)/\(folder)") } ?? []
  }

  private static func holdsAll(_ folder: String) -> Bool {
    ["checkpoints", "recipes"].allSatisfy { Folder.exists("\(folder)/\($0)") }
  }
}

/// The running program.
package enum ProgramFile {
  /// Its file, links followed; nil where the system does not tell.
  package static let path: String? = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}
