import CLIPFiles

extension Recipe {
  /// The file of a recipe that a user names: a path, or one that comes along with the program, `recipes/quickstart.yaml` or
  /// `quickstart`.
  /// - Throws: ``InputError`` with the nearest name for a plain word that is none.
  package static func file(named name: String) throws -> String {
    if name.isEmpty || Folder.isThere(name) { return name }
    for candidate in [name, "recipes/\(name)", "recipes/\(name).yaml"] {
      if let path = ShareFolder.find(candidate), !Folder.exists(path) { return path }
    }
    guard !name.contains("/"), !name.contains("."), !shipped.isEmpty else { return name }
    throw InputError(
      "is neither a file nor a recipe that comes along", file: name,
      advice: Suggestion.advice(for: name, among: shipped))
  }

  /// The names of the recipes that come along with the program.
  package static var shipped: [String] {
    ShareFolder.names(in: "recipes").filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }
  }
}
