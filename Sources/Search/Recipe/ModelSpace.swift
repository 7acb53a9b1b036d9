public import CLIPFiles
public import CLIPModelShapes
public import CLIPPruning
public import CLIPRecipes

/// The model shapes that a search chooses from: a list of sizes for each axis, every combination a shape.
public struct ModelSpace: Equatable, Sendable {
  /// One axis with its sizes, ascending.
  public struct Axis: Equatable, Sendable {
    /// `vision-layers`, `text-mlp`, ...: the flags of `prune`.
    public var name: String
    /// What may be chosen; the last is the largest.
    public let sizes: [Int]

    /// An axis of its parts.
    public init(_ name: String, _ sizes: [Int]) {
      self.name = name
      self.sizes = sizes
    }
  }

  /// The axes, image tower first.
  public let axes: [Axis]
  /// What is cut.
  public let dense: CLIPConfiguration

  /// How many shapes there are.
  public let count: Int

  /// The axes that there are, with how each changes a request and what the dense model has of it.
  static let knobs:
    [(
      name: String, set: @Sendable (inout ShapeRequest, Int) -> Void, dense: @Sendable (CLIPConfiguration) -> Int
    )] = [
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
  public init(_ section: RecipeNode?, of dense: CLIPConfiguration) throws {
    var axes: [Axis] = []
    if let section {
      guard case .map = section.value else { throw section.error("model-space must be a section with an axis a line") }
      var reader = try RecipeReader(section, as: .search)
      for knob in Self.knobs {
        guard let node = reader.node(knob.name) else { continue }
        axes.append(Axis(knob.name, try Self.sizes(node, knob.name, most: knob.dense(dense))))
      }
      try reader.finish()
    }
    do { try self.init(axes, of: dense) } catch var error as InputError {
      error.location = error.location ?? section?.origin
      throw error
    }
  }

  /// A space of its axes; those that are not named stay as they are.
  /// - Throws: `InputError` for unknown axes, sizes that the dense model cannot be cut to, too many shapes.
  public init(_ axes: [Axis], of dense: CLIPConfiguration) throws {
    self.dense = dense
    self.axes = axes
    var count = 1
    for axis in axes {
      guard Self.knobs.contains(where: { $0.name == axis.name }), !axis.sizes.isEmpty, axis.sizes == axis.sizes.sorted()
      else {
        throw InputError(
          "\(axis.name.quoted()) is no axis with ascending sizes",
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
    for point in [largestPoint, smallestPoint] { _ = try shape(point) }
  }

  private static func sizes(_ node: RecipeNode, _ name: String, most: Int) throws -> [Int] {
    var sizes: [Int]
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
      let range = 1...most
      let low = try reader.integer("min", in: range), high = try reader.integer("max", in: range) ?? most
      let step = try reader.integer("step", in: 1...most)
      try reader.finish()
      guard let low, let step else { throw node.error("\(name) needs min and step, or a list of sizes") }
      guard low <= high else { throw node.error("\(name): min \(low) is more than max \(high)") }
      sizes = Array(stride(from: low, through: high, by: step))
    default: throw node.error("\(name) must be a list of sizes, or min, max and step; found \(node.short)")
    }
    guard !sizes.isEmpty else { throw node.error("\(name) is empty") }
    guard Set(sizes).count == sizes.count else { throw node.error("\(name) names a size twice") }
    if let wrong = sizes.first(where: { !(1...most).contains($0) }) {
      throw node.error("\(name) must be from 1 to \(most), what the model has; found \(wrong)")
    }
    sizes.sort()
    return sizes
  }

  /// The dense model's size of an axis, whether or not the space names it; 0 for a name that is no axis.
  public func denseSize(of axis: String) -> Int { Self.knobs.first { $0.name == axis }?.dense(dense) ?? 0 }

  /// What `prune` is asked for at a point: an index into each axis' sizes.
  public func request(_ point: [Int]) -> ShapeRequest {
    var request = ShapeRequest()
    for (axis, index) in zip(axes, point) {
      guard let knob = Self.knobs.first(where: { $0.name == axis.name }), axis.sizes.indices.contains(index) else {
        continue
      }
      knob.set(&request, axis.sizes[index])
    }
    return request
  }

  /// The shape at a point.
  /// - Throws: `InputError` where the dense model cannot be cut to it.
  public func shape(_ point: [Int]) throws -> CLIPConfiguration { try request(point).shape(of: dense) }

  /// The shape of sizes by axis, whether or not they are in the space; what is not named stays as in the dense model.
  /// - Throws: `InputError` for a name that is no axis, or where the dense model cannot be cut to the shape.
  public func shape(sizes: JSONObject) throws -> CLIPConfiguration {
    var request = ShapeRequest()
    for (name, size) in sizes.pairs {
      guard let knob = Self.knobs.first(where: { $0.name == name }), let size = size.intValue else {
        throw InputError(
          "unknown axis \(name.quoted())", advice: Suggestion.advice(for: name, among: Self.knobs.map(\.name)))
      }
      knob.set(&request, size)
    }
    return try request.shape(of: dense)
  }

  /// `vision-layers 4, vision-width 144`: what a point means, for people and as a key.
  public func name(_ point: [Int]) -> String {
    zip(axes, point).map { "\($0.name) \($0.sizes[$1])" }.joined(separator: ", ")
  }

  /// The sizes at a point by axis, for files.
  public func json(_ point: [Int]) -> JSONObject {
    zip(axes, point).reduce(into: JSONObject()) { $0[$1.0.name] = .integer($1.0.sizes[$1.1]) }
  }

  /// The point of sizes as ``json(_:)`` writes them; nil where it is not of this space.
  public func point(_ object: JSONObject) -> [Int]? {
    guard object.pairs.count == axes.count else { return nil }
    let point = axes.compactMap { axis in
      object[axis.name]?.intValue.flatMap { size in axis.sizes.firstIndex(of: size) }
    }
    return point.count == axes.count ? point : nil
  }

  /// The dense model's point, or the largest one where the space does not reach it.
  public var largestPoint: [Int] { axes.map { $0.sizes.count - 1 } }
  /// The point of every axis' smallest size.
  public var smallestPoint: [Int] { axes.map { _ in 0 } }
}
