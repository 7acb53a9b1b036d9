package import CLIPFiles

extension RecipeKind {
  /// A recipe as a file in `folder` must hold it, so that it means the same whoever reads it from wherever: paths that could
  /// not be found from there become absolute.
  package func recorded(_ recipe: JSONValue, in folder: String) -> JSONValue {
    if let items = recipe.arrayValue { return .array(items.map { recorded($0, in: folder) }) }
    guard let object = recipe.objectValue else { return recipe }
    return .object(
      object.pairs.reduce(into: JSONObject()) { result, member in
        let isPath = (paths.contains(member.key) || names.contains(member.key)) && member.value.objectValue == nil
        result[member.key] = isPath ? Self.located(member.value, in: folder) : recorded(member.value, in: folder)
      })
  }

  private static func located(_ value: JSONValue, in folder: String) -> JSONValue {
    if let items = value.arrayValue { return .array(items.map { located($0, in: folder) }) }
    guard let text = value.stringValue else { return value }
    // A name such as `camera` is no path, though a folder may be called so.
    return text.contains("/") || text.contains(".") ? .string(FilePlaces.recorded(text, in: folder)) : value
  }
}
