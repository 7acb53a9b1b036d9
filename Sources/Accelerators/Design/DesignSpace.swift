internal import CLIPFiles
public import CLIPRecipes

/// A space of designs: a list of values for each knob, every combination a design.
public struct DesignSpace: Equatable, Sendable {
  /// The values of each knob, by ``AcceleratorDesign``'s keys, in the knobs' order.
  package let choices: [(key: String, values: [KnobValue])]
  /// A design with the first value of every knob, and the knobs that have others.
  private let first: AcceleratorDesign
  private let axes: [(knob: AcceleratorDesign.Knob, values: [KnobValue])]

  package static let suffix = ".space.yaml"
  /// A space with more designs is refused: nobody can look at them all.
  static let largest = 10_000_000

  /// How many designs there are.
  public var count: Int { choices.reduce(1) { $0 * $1.values.count } }

  /// A space in a YAML file; see `data/accelerators/README.md`.
  /// - Throws: `InputError` naming the file, the line and what to do.
  public init(file path: String, memories: MemoryCatalog? = nil) throws {
    try self.init(Recipe.read(path, as: .acceleratorSpace), memories: memories)
  }

  /// The space that CATransformers searches for edge devices, 3240 designs: `data/accelerators/edge.space.yaml`.
  /// - Throws: `InputError` where the toolkit's data folder is not found.
  public static func edge() throws -> DesignSpace {
    try DesignSpace(file: DataFolder.path("accelerators/edge\(suffix)"))
  }

  /// A space as keys of a recipe; a single value is a list of one.
  /// - Parameter memories: those that it may name; nil reads the toolkit's
  /// - Throws: `InputError` naming the place.
  public init(_ recipe: RecipeNode, memories: MemoryCatalog? = nil) throws {
    var reader = try RecipeReader(recipe, as: .acceleratorSpace)
    var choices: [(key: String, values: [KnobValue])] = []
    var missing: [String] = []
    for knob in AcceleratorDesign.knobs {
      guard let node = reader.node(knob.key) else {
        if let standard = knob.standard { choices.append((knob.key, [standard])) } else { missing.append(knob.key) }
        continue
      }
      let items: [RecipeNode] = if case .list(let items) = node.value { items } else { [node] }
      let values = try items.map { try knob.value($0, memories: memories) }
      guard !values.isEmpty, Set(values).count == values.count else {
        throw node.error("\(knob.key) must be a list of different values")
      }
      choices.append((knob.key, values))
    }
    try reader.finish()
    guard missing.isEmpty else {
      throw recipe.error(
        "\(missing.joined(separator: ", ")) missing", advice: "see data/accelerators/README.md for the keys")
    }
    do { try self.init(checked: choices) } catch let error as InputError {
      throw recipe.error(error.problem, advice: error.advice)
    }
    for clusters in choices.first?.values ?? [] {
      var design = self[0]
      AcceleratorDesign.knobs[0].set(clusters, in: &design)
      guard design.hasMesh else {
        throw reader.error("clusters", "\(clusters) do not fill \(design.mesh.rows) rows", "take a power of two")
      }
    }
  }

  /// - Throws: `InputError` for a space too large.
  init(checked choices: [(key: String, values: [KnobValue])]) throws {
    var count = 1
    for (_, values) in choices {
      let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
      guard !overflow, product <= Self.largest else {
        throw InputError("more than \(Self.largest) designs", advice: "shorten a list")
      }
      count = product
    }
    self.init(choices)
  }

  /// - Parameter choices: one or more values for every knob, in the knobs' order
  private init(_ choices: [(key: String, values: [KnobValue])]) {
    self.choices = choices
    var first = AcceleratorDesign(
      clusters: 1, width: 1, depth: 1, l2Kilobytes: 1, l2BytesPerCycle: 1, bufferMegabytes: 1)
    for (knob, choice) in zip(AcceleratorDesign.knobs, choices) {
      if let value = choice.values.first { knob.set(value, in: &first) }
    }
    self.first = first
    axes = zip(AcceleratorDesign.knobs, choices).filter { $1.values.count > 1 }.map { ($0, $1.values) }
  }

  /// The design of a number in `0..<count`; the last knob changes fastest.
  public subscript(index: Int) -> AcceleratorDesign {
    precondition((0..<count).contains(index), "no design has the number \(index)")
    var design = first
    var rest = index
    for (knob, values) in axes.reversed() {
      knob.set(values[rest % values.count], in: &design)
      rest /= values.count
    }
    return design
  }

  /// How many values each knob has, in the knobs' order: of the knobs that searches have always recorded a level of, and of
  /// others where there is a choice.
  public var knobSizes: [Int] {
    choices.enumerated().filter { $0.offset < AcceleratorDesign.recordedKnobs || $0.element.values.count > 1 }
      .map(\.element.values.count)
  }

  /// The number of the design with these levels: for each knob of ``knobSizes``, which of its values.
  public func number(of levels: [Int]) -> Int {
    let sizes = knobSizes
    precondition(
      levels.count == sizes.count && zip(levels, sizes).allSatisfy { (0..<$1).contains($0) },
      "a level for each knob, found \(levels)")
    return zip(levels, sizes).reduce(0) { $0 * $1.1 + $1.0 }
  }

  /// Every design, in the order of their numbers.
  public var designs: some Sequence<AcceleratorDesign> { (0..<count).lazy.map { self[$0] } }

  /// Whether the space holds a design.
  public func contains(_ design: AcceleratorDesign) -> Bool {
    zip(AcceleratorDesign.knobs, choices).allSatisfy { $1.values.contains($0.value(of: design)) }
  }

  /// Whether both have the same choices.
  public static func == (a: DesignSpace, b: DesignSpace) -> Bool {
    zip(a.choices, b.choices).allSatisfy { $0.values == $1.values }
  }
}
