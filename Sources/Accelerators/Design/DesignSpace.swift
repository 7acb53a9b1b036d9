internal import CLIPFiles
public import CLIPRecipes

/// A space of designs: a list of values for each knob, every combination a design.
public struct DesignSpace: Equatable, Sendable {
  /// The values of each knob, by ``AcceleratorDesign``'s keys, in the knobs' order.
  let choices: [(key: String, values: [Int])]
  /// The clock of every design, in Hz.
  let clock: Double

  package static let suffix = ".space.yaml"
  /// A space with more designs is refused: nobody can look at them all.
  static let largest = 10_000_000

  /// How many designs there are.
  public var count: Int { choices.reduce(1) { $0 * $1.values.count } }

  /// A space in a YAML file; see `data/accelerators/README.md`.
  /// - Throws: `InputError` naming the file, the line and what to do.
  public init(file path: String) throws { try self.init(Recipe.read(path, as: .acceleratorSpace)) }

  /// The space that CATransformers searches for edge devices, 3240 designs: `data/accelerators/edge.space.yaml`.
  /// - Throws: `InputError` where the toolkit's data folder is not found.
  public static func edge() throws -> DesignSpace {
    try DesignSpace(file: DataFolder.path("accelerators/edge\(suffix)"))
  }

  /// A space as keys of a recipe; a single value is a list of one.
  /// - Throws: `InputError` naming the place.
  public init(_ recipe: RecipeNode) throws {
    var reader = try RecipeReader(recipe, as: .acceleratorSpace)
    var choices: [(key: String, values: [Int])] = []
    var missing: [String] = []
    for knob in AcceleratorDesign.knobs {
      guard let node = reader.node(knob.key) else {
        if let standard = knob.standard { choices.append((knob.key, [standard])) } else { missing.append(knob.key) }
        continue
      }
      let items: [RecipeNode] = if case .list(let items) = node.value { items } else { [node] }
      let values = try items.map { try knob.value($0) }
      guard !values.isEmpty, Set(values).count == values.count else {
        throw node.error("\(knob.key) must be a list of different values")
      }
      choices.append((knob.key, values))
    }
    var clock = AcceleratorDesign.standardClock
    if let node = reader.node("clock") { clock = try AcceleratorDesign.clock(node) }
    try reader.finish()
    guard missing.isEmpty else {
      throw recipe.error(
        "\(missing.joined(separator: ", ")) missing", advice: "see data/accelerators/README.md for the keys")
    }
    var count = 1
    for (_, values) in choices {
      let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
      guard !overflow, product <= Self.largest else {
        throw recipe.error("more than \(Self.largest) designs", advice: "shorten a list")
      }
      count = product
    }
    self.choices = choices
    self.clock = clock
    for clusters in choices.first?.values ?? [] {
      var design = self[0]
      design.clusters = clusters
      guard design.hasMesh else {
        throw reader.error("clusters", "\(clusters) do not fill \(design.mesh.rows) rows", "take a power of two")
      }
    }
  }

  /// The design of a number in `0..<count`; the last knob changes fastest.
  public subscript(index: Int) -> AcceleratorDesign {
    precondition((0..<count).contains(index), "no design has the number \(index)")
    var design = AcceleratorDesign(
      clusters: 1, width: 1, depth: 1, l2Kilobytes: 1, l2BytesPerCycle: 1, bufferMegabytes: 1, clock: clock)
    var rest = index
    for (knob, choice) in zip(AcceleratorDesign.knobs, choices).reversed() {
      design[keyPath: knob.path] = choice.values[rest % choice.values.count]
      rest /= choice.values.count
    }
    return design
  }

  /// How many values each knob has, in the knobs' order.
  public var knobSizes: [Int] { choices.map(\.values.count) }

  /// The number of the design with these levels: for each knob, which of its values.
  public func number(of levels: [Int]) -> Int {
    precondition(
      levels.count == choices.count && zip(levels, knobSizes).allSatisfy { (0..<$1).contains($0) },
      "a level for each knob, found \(levels)")
    return zip(levels, knobSizes).reduce(0) { $0 * $1.1 + $1.0 }
  }

  /// Every design, in the order of their numbers.
  public var designs: some Sequence<AcceleratorDesign> { (0..<count).lazy.map { self[$0] } }

  /// Whether the space holds a design.
  public func contains(_ design: AcceleratorDesign) -> Bool {
    design.clock == clock
      && zip(AcceleratorDesign.knobs, choices).allSatisfy { $1.values.contains(design[keyPath: $0.path]) }
  }

  /// Whether both have the same clock and the same choices.
  public static func == (a: DesignSpace, b: DesignSpace) -> Bool {
    a.clock == b.clock && zip(a.choices, b.choices).allSatisfy { $0.values == $1.values }
  }
}
