import CLIPFiles

/// The names of a data set's classes: `classnames.txt`, a class a line in the order of the labels.
enum ClassNames {
  static let fileName = "classnames.txt"

  /// The names in a data set's `classnames.txt`, or nil where it has none. Blank lines at its end count for nothing.
  /// - Throws: ``InputError`` naming the line of a class without a name.
  static func read(in folder: String) throws -> [String]? {
    let path = "\(folder)/\(fileName)"
    return Folder.containsFile(path) ? try read(file: path) : nil
  }

  /// The names in a file.
  /// - Throws: ``InputError`` naming the line of a class without a name.
  static func read(file path: String) throws -> [String] {
    var names = try TextFile.lines(of: path).map { CaptionFields.trimmed(Substring($0)) }
    while names.last == "" { names.removeLast() }
    if let blank = names.firstIndex(of: "") {
      throw InputError("a class without a name", file: path, at: "line \(blank + 1)")
    }
    return names
  }

  /// Each class folder's label: by name where the folders are called what the classes are, else by order.
  ///
  /// - Parameters:
  ///   - folders: in order of their names' bytes
  ///   - names: what `classnames.txt` says, in the order of the labels
  ///   - place: the folder of the class folders, for messages
  /// - Throws: ``InputError`` when there are more folders than names or fewer, or some folders bear class names that
  ///   stand elsewhere in the list.
  static func labels(of folders: [String], among names: [String], in place: String) throws -> [Int] {
    guard folders.count == names.count else {
      let known = Set(names.map(plain)), found = Set(folders.map(plain))
      var hint = ""
      if let extra = folders.first(where: { !known.contains(plain($0)) }), known.contains(where: found.contains) {
        hint = ", for example no line for \(extra.quoted(limit: 40))"
      } else if let lacking = names.first(where: { !found.contains(plain($0)) }), known.contains(where: found.contains)
      {
        hint = ", for example no folder for \(lacking.quoted(limit: 40))"
      }
      throw InputError(
        "has \(folders.count) class folder\(folders.count == 1 ? "" : "s"), but \(fileName) has \(names.count) "
          + "name\(names.count == 1 ? "" : "s")\(hint)", file: place,
        advice: "labels count from 0 in the order of the names, so every class needs its folder and its line")
    }
    let plainNames = names.map(plain)
    guard Set(plainNames).count == names.count else {
      return try numbers(folders, in: place) ?? Array(folders.indices)
    }
    let indexOfName = Dictionary(uniqueKeysWithValues: plainNames.enumerated().map { ($1, $0) })
    let found = folders.map { indexOfName[plain($0)] }
    if found.allSatisfy({ $0 != nil }), Set(found).count == found.count { return found.compactMap { $0 } }
    if let (folder, other) = zip(folders.indices, found).first(where: { $1 != nil && $1 != $0 }), let other {
      let unknown = folders.indices.first { found[$0] == nil }.map { folders[$0] } ?? ""
      throw InputError(
        "its folder \(folders[folder].quoted(limit: 40)) is class \(other) in \(fileName), but class \(folder) by its "
          + "order, and the folder \(unknown.quoted(limit: 40)) has no line there", file: place,
        advice: "call all folders what \(fileName) calls the classes, or none")
    }
    if let numbers = try numbers(folders, in: place) { return numbers }
    // `000_dog`, `001_cat`: the name behind the number.
    let behind = folders.map { indexOfName[plain(String($0.drop { $0.isNumber || ".-_ ".contains($0) }))] }
    if behind.allSatisfy({ $0 != nil }), Set(behind).count == behind.count { return behind.compactMap { $0 } }
    return Array(folders.indices)
  }

  /// Folders that are called by numbers, as labels: from 0, or all one less where they count from 1. In the order of
  /// their bytes `10` would come before `2`.
  /// - Throws: ``InputError`` when the numbers leave gaps.
  private static func numbers(_ folders: [String], in place: String) throws -> [Int]? {
    let numbers = folders.compactMap { Int($0) }
    guard numbers.count == folders.count, Set(numbers).count == numbers.count, let least = numbers.min(),
      let most = numbers.max()
    else { return nil }
    guard least == 0 || least == 1, most - least == numbers.count - 1 else {
      throw InputError(
        "its class folders are numbers from \(least) to \(most), but there are \(numbers.count)", file: place,
        advice: "number them as the lines of \(fileName), from 0")
    }
    return numbers.map { $0 - least }
  }

  /// A name as folders and lists may both write it: `Golden_Retriever` is "golden retriever".
  private static func plain(_ name: String) -> String {
    String(name.lowercased().map { "_-".contains($0) ? " " : $0 })
  }
}
