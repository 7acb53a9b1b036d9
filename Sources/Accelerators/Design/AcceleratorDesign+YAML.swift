internal import CLIPFiles
public import CLIPRecipes

extension AcceleratorDesign {
  /// A design in a YAML file; see `data/accelerators/README.md` for the keys.
  /// - Throws: `InputError` naming the file, the line and what to do.
  public init(file path: String, memories: MemoryCatalog? = nil) throws {
    try self.init(Recipe.read(path, as: .accelerator), memories: memories)
  }

  /// A design's knobs as keys of a recipe.
  /// - Parameter memories: those that it may name; nil reads the toolkit's
  /// - Throws: `InputError` naming the place: a key that is unknown or missing, a value that is no size, or absurd.
  public init(_ recipe: RecipeNode, memories: MemoryCatalog? = nil) throws {
    var reader = try RecipeReader(recipe, as: .accelerator)
    var design = AcceleratorDesign(
      clusters: 0, width: 0, depth: 0, l2Kilobytes: 0, l2BytesPerCycle: 0, bufferMegabytes: 0)
    var missing: [String] = []
    for knob in Self.knobs {
      if let node = reader.node(knob.key) {
        try knob.set(knob.value(node, memories: memories), in: &design)
      } else if let standard = knob.standard {
        knob.set(standard, in: &design)
      } else {
        missing.append(knob.key)
      }
    }
    // A misspelt key explains a missing one.
    try reader.finish()
    guard missing.isEmpty else {
      throw recipe.error(
        "\(missing.joined(separator: ", ")) missing", advice: "see data/accelerators/README.md for the keys")
    }
    self = design
    guard hasMesh else {
      throw reader.error("clusters", "\(clusters) do not fill \(mesh.rows) rows", "take a power of two")
    }
  }

  /// The design of a name: `data/accelerators/NAME.yaml`, or the file of that path.
  /// - Throws: `InputError` with the nearest name.
  public static func named(_ name: String, memories: MemoryCatalog? = nil) throws -> AcceleratorDesign {
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") {
      return try AcceleratorDesign(file: name, memories: memories)
    }
    let names = try self.names()
    guard names.contains(name) else {
      throw InputError("unknown accelerator \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return try AcceleratorDesign(file: DataFolder.path("accelerators/\(name).yaml"), memories: memories)
  }

  /// The names that ``named(_:)`` knows.
  /// - Throws: `InputError` when a folder that `$CARBONCLIP_DATA` names cannot be read.
  public static func names() throws -> [String] {
    try DataFolder.names(in: "accelerators").filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(DesignSpace.suffix) }
      .map { String($0.dropLast(".yaml".count)) }
  }
}
