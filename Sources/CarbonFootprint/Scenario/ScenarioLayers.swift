internal import CLIPFiles
internal import CLIPRecipes

/// A scenario's keys, with those of the scenarios that it is based on (`base`) beneath them.
enum ScenarioLayers {
  /// The key that names what a scenario is based on.
  static let key = "base"
  private static let suffix = ".yaml"
  private static let sections = ["fab", "dram"]

  /// The keys of a file, its bases beneath.
  /// - Parameter seen: the files that are based on this one
  /// - Throws: `InputError` for files that cannot be read, unknown bases, and files that are based on each other.
  static func keys(ofFile path: String, seen: [String] = []) throws -> RecipeNode {
    let real = Folder.real(path) ?? path
    guard !seen.contains(real) else {
      let names = (seen.drop { $0 != real } + [real]).map { Folder.name(of: $0) }
      throw InputError(
        "scenarios are based on each other: \(names.joined(separator: ", based on "))", file: path,
        advice: "remove base from one of them")
    }
    return try keys(Recipe.read(path, as: .scenario), folder: Folder.parent(of: path), seen: seen + [real])
  }

  /// Keys with those of their bases beneath; the files that they name are found from the folder that one is in.
  /// - Parameter folder: where the files that they name are looked for
  static func keys(_ node: RecipeNode, folder: String, seen: [String] = []) throws -> RecipeNode {
    guard case .map(let members) = node.value else { return node }
    let own = with(node, members.filter { $0.key != key }.map { ($0.key, placed($0.node, $0.key, in: folder)) })
    guard let base = members.first(where: { $0.key == key })?.node else { return own }
    guard let name = base.textValue, !name.isEmpty else {
      throw base.error("base must be a scenario's name or file, found \(base.short)", advice: "such as base: camera")
    }
    return try own.layered(over: keys(ofFile: base.located { try path(of: name, in: folder) }, seen: seen))
  }

  /// The file of a name: `data/scenarios/NAME.yaml`, or the file of that path, beside the one that names it or where one is.
  /// - Throws: `InputError` with the nearest name.
  static func path(of name: String, in folder: String = "") throws -> String {
    if name.hasSuffix(suffix) || name.hasSuffix(".yml") || name.contains("/") {
      let beside = joined(folder, name)
      return Folder.containsFile(beside) ? beside : name
    }
    let names = try Scenario.names()
    guard names.contains(name) else {
      throw InputError("unknown scenario \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return try DataFolder.path("scenarios/\(name)\(suffix)")
  }

  private static func joined(_ folder: String, _ text: String) -> String {
    text.hasPrefix("/") || folder.isEmpty || folder == "." ? text : "\(folder)/\(text)"
  }

  /// A value with the files that it names as paths from the folder that one is in.
  private static func placed(_ node: RecipeNode, _ key: String, in folder: String) -> RecipeNode {
    if case .map(let members) = node.value, sections.contains(key) {
      return with(node, members.map { ($0.key, $0.key == "file" ? found($0.node, in: folder) : $0.node) })
    }
    switch key {
    case "grid-hours": return found(node, in: folder)
    case "uncertainty": return node.textValue == "none" ? node : found(node, in: folder)
    case "device":
      // A name stays one; a path is looked for beside the file, then where one is.
      guard let text = node.textValue, text.hasSuffix(suffix) || text.hasSuffix(".yml") || text.contains("/"),
        Folder.containsFile(joined(folder, text))
      else { return node }
      return found(node, in: folder)
    default: return node
    }
  }

  private static func found(_ node: RecipeNode, in folder: String) -> RecipeNode {
    guard let text = node.textValue, !text.isEmpty else { return node }
    return RecipeNode(.string(joined(folder, text)), origin: node.origin)
  }

  fileprivate static func with(_ node: RecipeNode, _ members: [(key: String, node: RecipeNode)]) -> RecipeNode {
    var result = RecipeNode(.map(members), origin: node.origin)
    result.places = node.places
    return result
  }
}

extension RecipeNode {
  /// A scenario's keys over those of its base: what they exclude there goes, the sections `fab` and `dram` are laid over one
  /// another key by key. The base's name is not handed down.
  fileprivate func layered(over base: RecipeNode) throws -> RecipeNode {
    guard case .map(let own) = value, case .map(var members) = base.value else { return self }
    let gone = Set(own.flatMap { ScenarioChange.excluded(by: $0.key) } + ["name"])
    members.removeAll { gone.contains($0.key) }
    var result = ScenarioLayers.with(self, members)
    for (key, node) in own {
      var laid = node
      if case .map(let inner) = node.value, key == "fab" || key == "dram", let below = base[key] {
        var section = try ScenarioChange.section(of: key, below)
        // A file of one's own has editions of its own.
        if inner.contains(where: { $0.key == "file" }), case .map(let old) = section.value {
          section = ScenarioLayers.with(section, old.filter { $0.key != "figures" })
        }
        laid = section.overridden(by: node)
      }
      result = result.overridden(by: RecipeNode(.map([(key, laid)]), origin: origin))
    }
    return result
  }
}
