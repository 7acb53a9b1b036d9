internal import CLIPFiles
internal import CLIPRecipes
internal import CLIPUnits

extension Manufacture {
  /// The node where none is named.
  static let defaultNode = Nanometers(22)
  /// The fab's grid where none is named.
  static let defaultGrid = "TW"

  /// - Parameter fab: the section `fab` of a scenario
  init(
    fab: RecipeNode?, grids: GridTable, folder: String, memory: MemoryPlan?, packaging: Packaging?,
    boundary: Boundary, device: (GridIntensity) throws -> Device?
  ) throws {
    let node = fab ?? RecipeNode(.map([]), origin: "fab")
    var reader = try RecipeReader(node, as: .scenario)
    let ownFile = try reader.node("file").map { try $0.path(in: folder, "file") }
    let table = try FabTable(file: ownFile)
    let size = try reader.measure("node", ScenarioUnits.node, in: 0.1...1000)
    let abatement = try reader.measure("abatement", ScenarioUnits.percent, in: 95...99)
    let edition = try reader.text("figures") ?? (table.editions.first ?? FabTable.defaultEdition)
    let grid = try reader.node("grid").map { try $0.grid(of: grids, "grid") } ?? grids.grid(Self.defaultGrid)
    let yield = try reader.node("yield").map { try YieldModel($0) } ?? .standard
    let wafer = try reader.node("wafer").map { try Wafer($0) }
    try reader.finish()
    let place = reader.node("node") ?? reader.node("figures") ?? node
    let process = try place.located {
      try table.process(
        size.map { Nanometers($0) } ?? Self.defaultNode,
        abatement: abatement.map { $0 / 100 } ?? FabTable.defaultAbatement, edition: edition)
    }
    self.init(
      process: process, grid: grid, yield: yield, wafer: wafer, memory: memory, packaging: packaging,
      boundary: boundary, device: try device(grid))
    fabFile = ownFile
  }
}

extension YieldModel {
  private enum Model: String, CaseIterable {
    case poisson, murphy, seeds
    case negativeBinomial = "negative-binomial"
  }

  /// `87.5 %`, or a section with `model`, `defects` and `alpha`.
  init(_ node: RecipeNode) throws {
    guard case .map = node.value else {
      self = .fixed(try node.measure("yield", ScenarioUnits.percent, in: 1...100) / 100)
      return
    }
    var reader = try RecipeReader(node, as: .scenario)
    let model = try reader.choice("model", Model.self)
    let defects = DefectsPerSquareCentimeter(
      try reader.measure("defects", ScenarioUnits.defects, in: Self.defectRange) ?? Self.defaultDefects.value)
    let alpha = try reader.number("alpha", in: Self.alphaRange)
    try reader.finish()
    if alpha != nil, model != .negativeBinomial {
      throw reader.error("alpha", "belongs to the model negative-binomial")
    }
    switch model {
    case .poisson: self = .poisson(defects)
    case .murphy: self = .murphy(defects)
    case .seeds: self = .seeds(defects)
    case .negativeBinomial: self = .negativeBinomial(defects, alpha: alpha ?? Self.defaultAlpha)
    case nil:
      throw node.error(
        "yield: model is missing", advice: "one of: \(Model.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }
}

extension Wafer {
  /// `300 mm`, or a section with `diameter`, `edge` and `scribe`.
  init(_ node: RecipeNode) throws {
    guard case .map = node.value else {
      self = try Wafer(diameter: Millimeters(node.measure("wafer", ScenarioUnits.length, in: 25...450)))
      return
    }
    var reader = try RecipeReader(node, as: .scenario)
    let diameter = try reader.measure("diameter", ScenarioUnits.length, in: 25...450) ?? 300
    let edge = try reader.measure("edge", ScenarioUnits.length, in: 0...10) ?? 3
    let scribe = try reader.measure("scribe", ScenarioUnits.length, in: 0...1) ?? 0.1
    try reader.finish()
    self = try Wafer(diameter: Millimeters(diameter), edge: Millimeters(edge), scribe: Millimeters(scribe))
  }
}

extension MemoryPlan {
  private static let nextSizeUpText = "next size up"

  /// LPDDR4, the next size up from the model.
  static func standard() throws -> MemoryPlan {
    try MemoryPlan(type: MemoryTable().type(MemoryTable.defaultCode), capacity: .nextSizeUp)
  }

  /// `none`, a kind such as `lpddr4`, or a section with `type`, `capacity`, `yield` and `file`; nil for none.
  init?(_ node: RecipeNode, folder: String) throws {
    guard case .map = node.value else {
      guard let text = node.textValue else {
        throw node.error("dram must be a kind of DRAM or none, found \(node.short)")
      }
      if text == "none" { return nil }
      let type = try node.located { try MemoryTable().type(text) }
      self = try MemoryPlan(type: type, capacity: .nextSizeUp)
      return
    }
    var reader = try RecipeReader(node, as: .scenario)
    let table = try MemoryTable(file: reader.node("file").map { try $0.path(in: folder, "file") })
    let typeNode = reader.node("type"), capacityNode = reader.node("capacity")
    let yield = try reader.measure("yield", ScenarioUnits.percent, in: 1...100)
    try reader.finish()
    let place = typeNode ?? node
    let type = try place.located { try table.type(reader.text("type") ?? MemoryTable.defaultCode) }
    var capacity = Capacity.nextSizeUp
    if let capacityNode, capacityNode.textValue != Self.nextSizeUpText {
      let size = try capacityNode.measure("capacity", ScenarioUnits.capacity, in: Self.range)
      capacity = .fixed(Gigabytes(size))
    }
    self = try MemoryPlan(type: type, capacity: capacity, yield: yield.map { $0 / 100 } ?? 0.875)
  }
}

extension UncertaintyRanges {
  /// `none`, a CSV file, or a section with spreads such as `epa: log-normal 20 %` in place of the toolkit's.
  init(_ node: RecipeNode, folder: String) throws {
    guard case .map(let members) = node.value else {
      if node.textValue == "none" { self = .none; return }
      self = try UncertaintyRanges(file: node.path(in: folder, "uncertainty"))
      return
    }
    self = try UncertaintyRanges(file: nil)
    let names = UncertainInput.allCases.map(\.rawValue)
    for (key, node) in members {
      guard let input = UncertainInput(rawValue: key) else {
        throw node.error("unknown key \(key.quoted())", advice: Suggestion.advice(for: key, among: names))
      }
      let text = node.textValue ?? ""
      guard text != "none" else { try set(input, .none); continue }
      let words = text.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2, let distribution = Spread.Distribution(rawValue: words[0]) else {
        throw node.error(
          "\(key) must be none, log-normal, normal or uniform with a spread, found \(node.short)",
          advice: "such as \(key): \(input == .yield ? "normal 5 points" : "log-normal 20 %")")
      }
      let range = Spread.range(distribution)
      let width = try RecipeNode(word: words[1], origin: node.origin)
        .measure(key, ScenarioUnits.percent, in: range.lowerBound * 100...range.upperBound * 100)
      try node.located { try set(input, Spread(distribution, width / 100)) }
    }
  }
}
