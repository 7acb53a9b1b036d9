import CLIPFiles
import Testing

/// A search that ends in seconds, from the command line, and what families are made over it.
struct SmallSearch {
  let folder: TemporaryFolder
  /// Its recipe's file.
  let recipe: String

  /// Makes a base model and searches.
  /// - Parameters:
  ///   - changes: parts of the recipe of ``SearchKillTests`` and what stands in their place
  ///   - lines: what is added to it
  init(_ folder: TemporaryFolder, trials: Int = 4, changes: [String: String] = [:], adding lines: String = "") throws {
    self.folder = folder
    let plain = try SearchKillTests.recipe(folder, trials: trials)
    let text = try changes.reduce(TextFile.text(of: plain)) { $0.replacing($1.key, with: $1.value) }
    recipe = try folder.write(Array("\(text)\n\(lines)\n".utf8), "search.yaml")
    try search()
  }

  /// A recipe by classification of so many validation and test pictures, which are sealed.
  static func sealed(_ validation: Int, _ test: Int) -> [String: String] {
    func set(_ count: Int, _ seed: Int) -> String {
      "[{data: \"scenes:classes?count=\(count)&size=32&seed=\(seed)\", metric: acc1}]"
    }
    return [
      "val-data: scenes:validation?count=40&size=32": "validation: \(set(validation, 1))",
      "test-data: scenes:test?count=24&size=32": "test: \(set(test, 2))\nsealed: true",
    ]
  }

  var study: [String] { ["--logs", "\(folder.path)/logs"] }
  var candidates: [String] { ["--candidates", "\(folder.path)/candidates"] }

  /// Searches, as a study of a name.
  func search(_ name: String = "s", _ more: [String] = []) throws {
    let done = try Program.run(["search", recipe, "--name", name, "--threads", "1"] + study + candidates + more)
    try #require(done.status == 0, "\(done.errors)")
  }

  /// The recipe of a family over it, of one member beside a model of half the width.
  func family(_ lines: String, baselines: String = "", name: String = "family") throws -> String {
    try folder.write(
      Array(
        """
        search: \(recipe)
        study: \(folder.path)/logs/s
        record: \(folder.path)/\(name).json
        checkpoints: \(folder.path)/carbonclip-
        members: [s]
        baselines: {half: {vision-width: 8, vision-heads: 1}\(baselines)}
        seeds: [0, 1]
        \(lines)
        """.utf8), "\(name).yaml")
  }

  /// The words of the family command.
  func words(_ family: String) -> [String] {
    ["family", family, "--output", "\(folder.path)/out", "--threads", "1"] + candidates
  }
}
