package import CLIPFiles

extension RecipeNode {
  /// The same recipe with the files that it names looked for beside `file`, too; see ``FilePlaces``.
  package func locating(_ kind: RecipeKind, besideFile file: String) -> RecipeNode {
    let places = FilePlaces(besideFile: file)
    var node = located(kind, places)
    node.places = places
    return node
  }

  private func located(_ kind: RecipeKind, _ places: FilePlaces) -> RecipeNode {
    switch value {
    case .map(let members):
      with(
        .map(
          members.map { key, node in
            // A section, such as a scenario's keys in the place of its name, is gone into.
            if case .map = node.value { return (key, node.located(kind, places)) }
            if kind.paths.contains(key) { return (key, node.found(places) { _ in true }) }
            if kind.names.contains(key) { return (key, node.found(places, where: Self.looksLikePath)) }
            return (key, node.located(kind, places))
          }))
    case .list(let items): with(.list(items.map { $0.located(kind, places) }))
    default: self
    }
  }

  /// A text, or the texts of a list, as the paths by which they are found.
  private func found(_ places: FilePlaces, where isMeant: (String) -> Bool) -> RecipeNode {
    if case .list(let items) = value { return with(.list(items.map { $0.found(places, where: isMeant) })) }
    guard let text = textValue, isMeant(text) else { return self }
    let path = places.find(text)
    return path == text ? self : with(.string(path))
  }

  private func with(_ value: Value) -> RecipeNode { RecipeNode(value, origin: origin) }

  /// `ViT-B-16` is a model, `recipes/small-model.json` a file.
  private static func looksLikePath(_ text: String) -> Bool {
    text.contains("/") || [".json", ".yaml", ".yml"].contains { text.hasSuffix($0) }
  }

  /// Runs `body`; an error about a file that is not there then names the places that were tried.
  package func tellingPlaces<Result>(_ body: () throws -> Result) throws -> Result {
    guard let places else { return try body() }
    return try places.telling(body)
  }
}
