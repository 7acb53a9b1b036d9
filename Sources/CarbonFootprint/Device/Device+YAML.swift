internal import CLIPFiles
public import CLIPRecipes
internal import CLIPUnits

extension RecipeKind {
  /// A device's bill of materials.
  public static let device = RecipeKind(example: "name: camera", keys: "data/devices/README.md")
}

extension Device {
  static let suffix = ".yaml"

  /// The device of a name: `data/devices/NAME.yaml`, or the file of that path.
  /// - Parameters:
  ///   - folder: where a path begins
  ///   - grid: of the fabs that make its chips
  /// - Throws: `InputError` with the nearest name, or naming file, line and key.
  public init(named name: String, in folder: String = ".", chipsMadeOn grid: GridIntensity) throws {
    let path: String
    if name.hasSuffix(Self.suffix) || name.hasSuffix(".yml") || name.contains("/") {
      // Beside the scenario, or where one is: a flag names the latter.
      let beside = name.hasPrefix("/") || folder.isEmpty || folder == "." ? name : "\(folder)/\(name)"
      path = Folder.containsFile(beside) ? beside : name
    } else {
      let names = try Self.names()
      guard names.contains(name) else {
        throw InputError("unknown device \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
      }
      path = try DataFolder.path("devices/\(name)\(Self.suffix)")
    }
    let file = Folder.name(of: path)
    let code = [Self.suffix, ".yml"].first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) } ?? file
    try self.init(Recipe.read(path, as: .device), code: code, grid: grid)
  }

  /// The names that ``init(named:in:chipsMadeOn:)`` knows.
  /// - Throws: `InputError` when a folder that `$CARBONCLIP_DATA` names cannot be read.
  public static func names() throws -> [String] {
    try DataFolder.names(in: "devices").filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }

  /// A bill of materials; see `data/devices/README.md` for the keys.
  init(_ recipe: RecipeNode, code: String, grid: GridIntensity) throws {
    var reader = try RecipeReader(recipe, as: .device)
    self.code = code
    name = try reader.text("name") ?? code
    share = try reader.measure("share", ScenarioUnits.percent, in: 0...100).map { $0 / 100 } ?? 1
    let list = try reader.section("parts", "{board: {carbon: 2 g, source: data sheet}}")
    let power = try reader.section("power", "{always: 1 mW, source: data sheet}")
    try reader.finish()
    guard let list, case .map(let members) = list.value, !members.isEmpty else {
      throw recipe.error("parts are missing", advice: "such as parts: {board: {carbon: 2 g, source: data sheet}}")
    }
    let names = members.map(\.key)
    let missing = Self.neededParts.filter { !names.contains($0) }
    guard missing.isEmpty else {
      throw list.error(
        "parts: \(missing.joined(separator: ", ")) missing",
        advice: "a part that weighs nothing is written as carbon: 0 g with the reason as its source")
    }
    guard Self.supplies.contains(where: names.contains) else {
      throw list.error("parts: battery or supply missing", advice: "a device has one of them")
    }
    parts = try members.map { try Part($0.key, $0.node, grid) }
    guard let power else {
      throw recipe.error("power is missing", advice: "such as power: {always: 1 mW, source: ...}")
    }
    var draws = try RecipeReader(power, as: .device)
    alwaysPower = Watts(try draws.measure("always", DeviceUnits.power, in: 0...1e5) ?? 0)
    energyPerInference = Joules(try draws.measure("per-inference", DeviceUnits.energy, in: 0...3.6e6) ?? 0)
    efficiency = try draws.measure("efficiency", ScenarioUnits.percent, in: 1...100).map { $0 / 100 } ?? 1
    let source = try draws.text("source")
    isPowerVerified = try draws.bool("verified") ?? false
    try draws.finish()
    guard let source else { throw power.error("power: source is missing", advice: "say where the figures are from") }
    powerSource = source
  }
}

extension Device.Part {
  /// `carbon`; or `amount` and `each`, whose units agree; or a chip's `area` and `node`, made as ACT makes other chips.
  fileprivate init(_ name: String, _ node: RecipeNode, _ grid: GridIntensity) throws {
    guard case .map = node.value else {
      throw node.error("\(name) must be a section", advice: "such as {carbon: 2 g, source: data sheet}")
    }
    var reader = try RecipeReader(node, as: .device)
    let stated = try reader.measure("carbon", ScenarioUnits.mass, in: 0...1e9)
    let amount = reader.node("amount"), each = reader.node("each")
    let area = try reader.measure("area", DeviceUnits.area, in: 1e-4...70_000)
    let size = try reader.measure("node", ScenarioUnits.node, in: 0.1...1000)
    let packages = try reader.integer("packages", in: 0...1000)
    let spread = try reader.measure("spread", ScenarioUnits.percent, in: 0...300)
    let source = try reader.text("source"), isVerified = try reader.bool("verified") ?? false
    try reader.finish()
    let ways = [stated != nil, amount != nil || each != nil, area != nil || size != nil]
    guard ways.count(where: { $0 }) == 1 else {
      throw node.error("\(name) needs one of carbon, amount with each, and area with node")
    }
    guard let source else { throw node.error("\(name): source is missing", advice: "say where the figure is from") }
    guard packages == nil || area != nil else { throw reader.error("packages", "belongs to a chip with area and node") }
    if let stated {
      carbon = KilogramsCO2e(stated / 1000)
    } else if let area, let size {
      let process = try node.located { try FabTable().process(Nanometers(size)) }
      let making = Manufacture(
        process: process, grid: grid, memory: nil,
        packaging: try (packages ?? 1) > 0 ? Packaging(ics: packages ?? 1) : nil)
      carbon = try node.located { try making.embodied(area: SquareMillimeters(area)).total }
    } else if let amount, let each {
      carbon = KilogramsCO2e(try DeviceUnits.product(amount, each) / 1000)
    } else {
      throw node.error("\(name) needs \(amount == nil && each == nil ? "area with node" : "amount with each")")
    }
    self.name = name
    self.source = source
    self.isVerified = isVerified
    self.spread = spread.map { $0 / 100 } ?? (isVerified ? Device.readSpread : Device.rememberedSpread)
  }
}

/// The units in which devices are written; the first of each is the base.
private enum DeviceUnits {
  static let power = [
    RecipeUnit("W", size: 1), RecipeUnit("mW", size: 1e-3), RecipeUnit("uW", "µW", size: 1e-6),
  ]
  static let energy = [
    RecipeUnit("J", size: 1), RecipeUnit("mJ", size: 1e-3), RecipeUnit("uJ", "µJ", size: 1e-6),
  ]
  static let area = [RecipeUnit("mm2", "mm²", size: 1), RecipeUnit("cm2", "cm²", size: 100)]

  /// Amounts with what one of their unit costs in g: `20 Wh` of `87 g/Wh`.
  private static let amounts: [(amount: [RecipeUnit], each: [RecipeUnit])] = [
    (
      [RecipeUnit("g", size: 1), RecipeUnit("kg", size: 1000)],
      [RecipeUnit("g/g", "kg/kg", size: 1), RecipeUnit("g/kg", size: 1e-3)]
    ),
    (
      [RecipeUnit("Wh", size: 1), RecipeUnit("kWh", size: 1000)],
      [RecipeUnit("g/Wh", "kg/kWh", size: 1)]
    ),
    (
      [RecipeUnit("cm2", "cm²", size: 1), RecipeUnit("mm2", "mm²", size: 0.01), RecipeUnit("m2", "m²", size: 1e4)],
      [RecipeUnit("g/cm2", size: 1), RecipeUnit("kg/m2", size: 0.1), RecipeUnit("g/m2", size: 1e-4)]
    ),
    (
      [RecipeUnit("kg km", size: 1), RecipeUnit("t km", size: 1000)],
      [RecipeUnit("g/(kg km)", "kg/(t km)", size: 1), RecipeUnit("g/(t km)", size: 1e-3)]
    ),
    ([RecipeUnit("GB", size: 1)], [RecipeUnit("g/GB", size: 1)]),
    ([RecipeUnit("pieces", "piece", size: 1)], [RecipeUnit("g", "g a piece", size: 1)]),
  ]

  static func product(_ amount: RecipeNode, _ each: RecipeNode) throws -> Double {
    let range = 0.0...1e9
    for pair in amounts {
      if let found = try? amount.measure("amount", pair.amount, in: range) {
        return try found * each.measure("each", pair.each, in: range)
      }
    }
    return try amount.measure("amount", amounts.flatMap(\.amount), in: range)
  }
}
