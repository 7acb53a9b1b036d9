internal import CLIPPruning

/// The strategies that may prune the candidates of a search.
enum ImportanceNames {
  static let standard = ImportanceCatalog.standard
  static var all: [String] { ImportanceCatalog.strategies.map { $0.name } }
}
