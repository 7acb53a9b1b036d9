public import CLIPFiles
public import CLIPModelShapes
public import CLIPPruning
public import CLIPRecipes

/// The model shapes that a search chooses from: a list of sizes for each axis, every combination a shape.
public struct ModelSpace: Equatable, Sendable {
  /// One axis with its sizes, ascending.
  public struct Axis: Equatable, Sendable {
    /// `vision-layers`, `text-mlp`, `image-size`, ...: the flags of `prune`.
    public var name: String
    /// What may be chosen; the last makes the largest model: ascending, but for `patch-size`.
    public let sizes: [Int]
    /// Whether a larger number makes a smaller model.
    public var descends: Bool { name == "patch-size" }
    /// What the sizes stand for, where they are no numbers but places in this list: the arithmetics of ``arithmeticName``.
    public let names: [String]

    /// Sizes in the order that the axis has them.
    package static func ordered(_ sizes: [Int], _ name: String) -> [Int] {
      name == "patch-size" ? sizes.sorted(by: >) : sizes.sorted()
    }

    /// An axis of its parts.
    public init(_ name: String, _ sizes: [Int]) {
      self.name = name
      self.sizes = sizes
      names = []
    }

    /// The axis of arithmetics, the one of fewest bits first.
    init(_ arithmetics: [Arithmetic]) {
      name = ModelSpace.arithmeticName
      sizes = Array(arithmetics.indices)
      names = arithmetics.map(\.description)
    }

    /// A size for people and files.
    package func text(_ size: Int) -> String { names.indices.contains(size) ? names[size] : "\(size)" }

    /// A size as files hold it.
    package func json(_ size: Int) -> JSONValue {
      names.indices.contains(size) ? .string(names[size]) : .integer(size)
    }

    /// The level of a size that ``json(_:)`` wrote; nil where the axis has no such size.
    func level(_ json: JSONValue?) -> Int? {
      names.isEmpty
        ? json?.intValue.flatMap { size in sizes.firstIndex(of: size) }
        : json?.stringValue.flatMap { name in names.firstIndex(of: name) }
    }
  }

  /// The axes, image tower first.
  public let axes: [Axis]
  /// What is cut.
  public let dense: CLIPConfiguration

  /// A library that must be able to hold every shape: heads then follow from the width; nil leaves them free.
  public let loadable: OtherLibrary?

  /// What every shape is cut to on axes that have no choice.
  private let fixed: ShapeRequest

  /// The arithmetics that are chosen from, the one of fewest bits first; empty where there is but one.
  public let arithmetics: [Arithmetic]

  /// How many shapes there are, each counted once for every arithmetic.
  public let count: Int

  /// The axis of arithmetics: it changes what a model costs and how accurate it is, but not its shape.
  public static let arithmeticName = "arithmetic"

  /// The axes that there are, with how each changes a request and what the dense model has of it.
  static let knobs:
    [(
      name: String, set: @Sendable (inout ShapeRequest, Int) -> Void, dense: @Sendable (CLIPConfiguration) -> Int
    )] = [
      ("image-size", { $0.imageSize = $1 }, { $0.vision.imageSize }),
      ("patch-size", { $0.patchSize = $1 }, { $0.vision.patchSize }),
      ("vision-layers", { $0.vision.layers = $1 }, { $0.vision.layers }),
      ("vision-width", { $0.vision.width = $1 }, { $0.vision.width }),
      ("vision-heads", { $0.vision.heads = [$1] }, { $0.vision.headsPerLayer.max() ?? 1 }),
      ("vision-mlp", { $0.vision.mlp = [$1] }, { $0.vision.mlpWidth.max() ?? 1 }),
      ("text-layers", { $0.text.layers = $1 }, { $0.text.layers }),
      ("text-width", { $0.text.width = $1 }, { $0.text.width }),
      ("text-heads", { $0.text.heads = [$1] }, { $0.text.headsPerLayer.max() ?? 1 }),
      ("text-mlp", { $0.text.mlp = [$1] }, { $0.text.mlpWidth.max() ?? 1 }),
      ("embed-dim", { $0.embedDimension = $1 }, { $0.embedDimension }),
    ]

  /// A space with more shapes is refused: their number must fit a search's arithmetic.
  static let largest = 1 << 50

  /// A space as a section of a recipe: for each axis a list of sizes, or `min`, `max` and `step`. Axes that are not named
  /// stay as they are.
  /// - Throws: `InputError` naming the place: unknown axes, sizes that the dense model cannot be cut to, empty axes.
  public init(_ section: RecipeNode?, of dense: CLIPConfiguration, loadable: OtherLibrary? = nil) throws {
    var axes: [Axis] = []
    if let section {
      guard case .map = section.value else { throw section.error("model-space must be a section with an axis a line") }
      var reader = try RecipeReader(section, as: .search)
      for knob in Self.knobs {
        guard let node = reader.node(knob.name) else { continue }
        let own = knob.dense(dense)
        let range =
          knob.name == "patch-size" ? own...dense.vision.imageSize : Self.leastSize(of: knob.name)...max(own, 1)
        axes.append(Axis(knob.name, try Self.sizes(node, knob.name, range)))
      }
      try reader.finish()
    }
    do { try self.init(axes, of: dense, loadable: loadable) } catch var error as InputError {
      error.location = error.location ?? section?.origin
      throw error
    }
  }

  /// A space of its axes; those that are not named stay as they are.
  /// - Throws: `InputError` for unknown axes, sizes that the dense model cannot be cut to or that ``loadable`` cannot hold,
  ///   too many shapes.
  public init(_ axes: [Axis], of dense: CLIPConfiguration, loadable: OtherLibrary? = nil) throws {
    try self.init(axes, of: dense, loadable: loadable, arithmetics: [])
  }

  /// The same space with every shape in each of several arithmetics.
  /// - Throws: `InputError` for too many shapes.
  func choosing(_ arithmetics: [Arithmetic]) throws -> ModelSpace {
    let ordered = arithmetics.enumerated().sorted {
      let a = $0.element, b = $1.element
      return (a.weightBits, a.activationBits, $0.offset) < (b.weightBits, b.activationBits, $1.offset)
    }.map(\.element)
    return try ModelSpace(axes + [Axis(ordered)], of: dense, loadable: loadable, arithmetics: ordered)
  }

  /// A space of one shape, whose layers may differ.
  /// - Throws: `InputError` as ``request(sizes:)``, and where the dense model cannot be cut to it.
  package init(just sizes: JSONObject, of dense: CLIPConfiguration) throws {
    try self.init([], of: dense, loadable: nil, arithmetics: [], fixed: Self.request(sizes: sizes))
  }

  private init(
    _ axes: [Axis], of dense: CLIPConfiguration, loadable: OtherLibrary?, arithmetics: [Arithmetic],
    fixed: ShapeRequest = ShapeRequest()
  ) throws {
    self.dense = dense
    self.fixed = fixed
    self.axes = axes
    self.loadable = loadable
    self.arithmetics = arithmetics
    var count = 1
    for axis in axes {
      guard Self.knobs.contains(where: { $0.name == axis.name }) || !arithmetics.isEmpty && !axis.names.isEmpty,
        !axis.sizes.isEmpty, axis.sizes == Axis.ordered(axis.sizes, axis.name)
      else {
        throw InputError(
          "\(axis.name.quoted()) is no axis with \(axis.descends ? "descending" : "ascending") sizes",
          advice: Suggestion.advice(for: axis.name, among: Self.knobs.map(\.name)))
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: axis.sizes.count)
      guard !overflow, product <= Self.largest else {
        throw InputError("model-space: more than \(Self.largest) shapes", advice: "shorten a list")
      }
      count = product
    }
    self.count = count
    // Whatever a tower refuses, it refuses at the largest or the smallest corner.
    if let loadable { try checkWidths(for: loadable) }
    for point in [largestPoint, smallestPoint] {
      let shape = try shape(point)
      if let loadable, let obstacle = shape.obstacle(to: loadable) {
        throw InputError(
          "loadable: \(loadable.title) cannot hold \(name(point).isEmpty ? "the model" : name(point)): \(obstacle)")
      }
    }
  }

  private func checkWidths(for library: OtherLibrary) throws {
    for axis in axes {
      if Self.towers.contains(where: { axis.name == "\($0.name)-heads" }) {
        throw InputError(
          "\(axis.name) follows from the width where loadable is \(library.rawValue)", advice: "leave it out")
      }
      for (name, headWidth) in Self.towers where axis.name == "\(name)-width" {
        let whole = headWidth(dense)
        if let wrong = axis.sizes.first(where: { $0 % whole != 0 }) {
          throw InputError(
            "\(axis.name) must be a multiple of a head's \(whole) channels where loadable is \(library.rawValue), "
              + "found \(wrong)")
        }
      }
    }
  }

  /// The towers, and the channels of their heads.
  private static let towers: [(name: String, headWidth: @Sendable (CLIPConfiguration) -> Int)] = [
    ("vision", { $0.vision.headWidth }), ("text", { $0.text.headWidth }),
  ]

  /// The sizes at a point by axis: those that are chosen, and heads that follow from a width.
  func sizes(_ point: [Int]) -> [(name: String, size: Int)] {
    var sizes = zip(axes, point).map { (name: $0.name, size: $0.sizes[$1]) }
    guard loadable != nil else { return sizes }
    for (name, headWidth) in Self.towers {
      guard let place = sizes.firstIndex(where: { $0.name == "\(name)-width" }) else { continue }
      sizes.insert(("\(name)-heads", sizes[place].size / headWidth(dense)), at: place + 1)
    }
    return sizes
  }

  private static func sizes(_ node: RecipeNode, _ name: String, _ range: ClosedRange<Int>) throws -> [Int] {
    let sizes: [Int]
    switch node.value {
    case .integer(let value): sizes = [value]
    case .list(let items):
      sizes = try items.map { item in
        guard case .integer(let value) = item.value else {
          throw item.error("\(name) must be whole numbers, found \(item.short)")
        }
        return value
      }
    case .map:
      var reader = try RecipeReader(node, as: .search)
      let low = try reader.integer("min", in: range), high = try reader.integer("max", in: range) ?? range.upperBound
      let step = try reader.integer("step", in: 1...max(range.upperBound, 1))
      try reader.finish()
      guard let low, let step else { throw node.error("\(name) needs min and step, or a list of sizes") }
      guard low <= high else { throw node.error("\(name): min \(low) is more than max \(high)") }
      sizes = Array(stride(from: low, through: high, by: step))
    default: throw node.error("\(name) must be a list of sizes, or min, max and step; found \(node.short)")
    }
    guard !sizes.isEmpty else { throw node.error("\(name) is empty") }
    guard Set(sizes).count == sizes.count else { throw node.error("\(name) names a size twice") }
    if let wrong = sizes.first(where: { !range.contains($0) }) {
      let end =
        name == "patch-size"
        ? "the model's patches, to \(range.upperBound), its images" : "\(range.upperBound), what the model has"
      let from = name == "patch-size" ? "from \(range.lowerBound), \(end)" : "from \(range.lowerBound) to \(end)"
      throw node.error("\(name) must be \(from); found \(wrong)")
    }
    return Axis.ordered(sizes, name)
  }

  /// The dense model's size of an axis, whether or not the space names it; 0 for a name that is no axis.
  public func denseSize(of axis: String) -> Int { Self.knobs.first { $0.name == axis }?.dense(dense) ?? 0 }

  /// The least size that an axis of any space may have.
  public static func leastSize(of axis: String) -> Int { axis.hasSuffix("-mlp") ? 0 : 1 }

  /// What `prune` is asked for at a point: an index into each axis' sizes.
  public func request(_ point: [Int]) -> ShapeRequest {
    var request = fixed
    guard zip(axes, point).allSatisfy({ $0.sizes.indices.contains($1) }) else { return request }
    for (name, size) in sizes(point) { Self.knobs.first { $0.name == name }?.set(&request, size) }
    return request
  }

  /// The shape at a point.
  /// - Throws: `InputError` where the dense model cannot be cut to it.
  public func shape(_ point: [Int]) throws -> CLIPConfiguration { try request(point).shape(of: dense) }

  /// The shape of sizes by axis, whether or not they are in the space; what is not named stays as in the dense model. Heads and
  /// hidden units may be lists, one for each layer.
  /// - Throws: `InputError` for a name that is no axis, or where the dense model cannot be cut to the shape.
  public func shape(sizes: JSONObject) throws -> CLIPConfiguration {
    try Self.request(sizes: sizes).shape(of: dense)
  }

  /// What `prune` is asked for by sizes as ``shape(sizes:)`` takes them.
  /// - Throws: `InputError` for a name that is no axis, or a size that is no number.
  static func request(sizes: JSONObject) throws -> ShapeRequest {
    var request = ShapeRequest()
    for (name, size) in sizes.pairs where name != Self.arithmeticName {
      if let list = size.arrayValue {
        let numbers = list.compactMap(\.intValue)
        guard numbers.count == list.count, request.setLayers(name, numbers) else {
          throw InputError("\(name) takes one whole number", advice: "heads and hidden units may be lists of them")
        }
        continue
      }
      guard let knob = Self.knobs.first(where: { $0.name == name }), let size = size.intValue else {
        throw InputError(
          "unknown axis \(name.quoted())", advice: Suggestion.advice(for: name, among: Self.knobs.map(\.name)))
      }
      knob.set(&request, size)
    }
    return request
  }

  /// `vision-layers 4, vision-width 144`: what a point means, for people and as a key.
  public func name(_ point: [Int]) -> String {
    sizes(point).map { one in "\(one.name) \(text(one))" }.joined(separator: ", ")
  }

  /// The sizes at a point by axis, for files.
  public func json(_ point: [Int]) -> JSONObject {
    sizes(point).reduce(into: JSONObject()) { object, one in
      object[one.name] = axes.first { $0.name == one.name }?.json(one.size) ?? .integer(one.size)
    }
  }

  private func text(_ one: (name: String, size: Int)) -> String {
    axes.first { $0.name == one.name }?.text(one.size) ?? "\(one.size)"
  }

  /// The arithmetic at a point; nil where there is but one.
  public func arithmetic(_ point: [Int]) -> Arithmetic? {
    guard !arithmetics.isEmpty, point.count == axes.count, let level = point.last else { return nil }
    return arithmetics.indices.contains(level) ? arithmetics[level] : nil
  }

  /// The point of sizes as ``json(_:)`` writes them; nil where it is not of this space.
  public func point(_ object: JSONObject) -> [Int]? {
    let point = axes.compactMap { axis in axis.level(object[axis.name]) }
    return point.count == axes.count && sizes(point).count == object.pairs.count ? point : nil
  }

  /// The dense model's point, or the largest one where the space does not reach it.
  public var largestPoint: [Int] { axes.map { $0.sizes.count - 1 } }
  /// The point of every axis' smallest size.
  public var smallestPoint: [Int] { axes.map { _ in 0 } }
}
