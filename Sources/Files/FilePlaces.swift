internal import CLIPSystem

/// Where the files that a recipe names may lie: in the folder that one is in, beside the recipe, in the folders above it, and
/// with what comes along with the program. The first that has the file is meant.
package struct FilePlaces: Equatable, Sendable {
  /// The folders beside the one that one is in, in the order in which they are tried.
  package let folders: [String]

  /// How many folders above a recipe's own are tried: `checkpoints/base` is found by `recipes/pruning/losses.yaml`, and
  /// by `logs/NAME/recipe.yaml`.
  private static let levels = 3

  /// The places for what a file names.
  /// - Parameters:
  ///   - file: a recipe, or another file that names files
  ///   - share: the folder of what comes along
  package init(besideFile file: String, share: String? = ShareFolder.path) {
    var folders: [String] = []
    if !file.hasPrefix(DataFolder.prefix), let own = Folder.real(Folder.parent(of: file)) {
      folders = Self.above(own, stoppingAt: share)
    }
    if let share, !folders.contains(share) { folders.append(share) }
    let here = Folder.real(".")
    self.folders = folders.filter { $0 != here }
  }

  /// A folder and those above it: not beyond a project (what holds `.git`), not into one that everybody may write to, and
  /// never the root, where names are anybody's.
  private static func above(_ folder: String, stoppingAt share: String?) -> [String] {
    var folders = [folder], last = folder
    for _ in 0..<levels {
      if last == share || Folder.isThere("\(last)/.git") { break }
      let next = Folder.parent(of: last)
      if next == "/" || Folder.isWritableByAll(next) { break }
      folders.append(next)
      last = next
    }
    return folders
  }

  /// The path by which a file or folder is found; the text as it is where it is no relative path, or leads nowhere.
  ///
  /// Names that `::` joins and patterns (`shards/{00000..00012}.tar`) are looked for by the first name's fixed part.
  package func find(_ text: String) -> String {
    guard Self.isRelativePath(text), !Self.isThere(text) else { return text }
    for folder in folders {
      let path = Self.joined(folder, text)
      if Self.isThere(path) { return path }
    }
    return DataFolder.carried(named: text) ?? text
  }

  /// Runs `body`; an error about a relative path that leads nowhere then names the places that were tried.
  package func telling<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as InputError {
      let start = "it is neither here nor in "
      guard let file = error.file, Self.isRelativePath(file), !Self.isThere(file), !folders.isEmpty,
        error.advice?.hasPrefix(start) != true
      else { throw error }
      let tried = start + folders.joined(separator: ", ")
      let advice = error.advice == "check the path" ? nil : error.advice
      error.advice = advice.map { "\(tried); \($0)" } ?? tried
      throw error
    }
  }

  /// A text as a file in `folder` must hold it to mean the same from anywhere: as it is where looking beside that file comes
  /// to the folder that one is in, else as an absolute path. Texts that lead nowhere stay as they are.
  package static func recorded(_ text: String, in folder: String) -> String {
    guard isRelativePath(text), isThere(text), let here = Folder.real(".") else { return text }
    // Without moving there `FilePlaces(besideFile:)` cannot tell, since it leaves out the folder that one is in.
    return above(real(folder), stoppingAt: nil).contains(here) ? text : joined(here, text)
  }

  /// A folder's path without links, also of one that is still to be made.
  private static func real(_ folder: String) -> String {
    if let path = Folder.real(folder) { return path }
    let parent = Folder.parent(of: folder)
    return parent == folder ? folder : "\(real(parent))/\(Folder.name(of: folder))"
  }

  /// Whether two texts may be names of one file: equal, or one of them the other from some folder on.
  package static func agree(_ a: String, _ b: String) -> Bool {
    a == b || a.hasPrefix("/") && a.hasSuffix("/\(b)") || b.hasPrefix("/") && b.hasSuffix("/\(a)")
  }

  /// Whether a text may name a file from the folder that one is in; `scenes:train` and addresses do not.
  private static func isRelativePath(_ text: String) -> Bool {
    guard let first = text.first, first != "/", first != "~" else { return false }
    return !text.replacing("::", with: "").contains(":")
  }

  private static func joined(_ folder: String, _ text: String) -> String {
    parts(text).map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }.joined(separator: "::")
  }

  private static func parts(_ text: String) -> [String] {
    text.split(separator: "::", omittingEmptySubsequences: false).map(String.init)
  }

  private static func isThere(_ text: String) -> Bool {
    if Folder.isThere(text) { return true }
    guard let first = parts(text).first else { return false }
    guard let pattern = first.firstIndex(where: { "{*?[".contains($0) }) else { return Folder.isThere(first) }
    return Folder.exists(Folder.parent(of: String(first[..<pattern])))
  }
}
