internal import CLIPFiles
internal import CLIPModelShapes
public import CLIPRecipes
internal import CLIPUnits

extension Scenario {
  /// A scenario in a YAML file; see `data/scenarios/README.md` for the keys.
  /// - Throws: `InputError` naming the file, the line, the key and what is accepted.
  public init(file path: String) throws {
    try self.init(ScenarioLayers.keys(ofFile: path), folder: "")
  }

  /// A scenario as keys of a recipe.
  /// - Parameter folder: where the files that it names are looked for
  /// - Throws: `InputError` naming the place: a key that is unknown or missing, a value without unit, or absurd.
  public init(_ recipe: RecipeNode, folder: String) throws {
    let recipe = try ScenarioLayers.keys(recipe, folder: folder), folder = ""
    var reader = try RecipeReader(recipe, as: .scenario)
    let grids = try GridTable()
    let name =
      try reader.text("name")
      ?? Self.plainName(
        recipe.origin.firstRange(of: ": line ").map { String(recipe.origin[..<$0.lowerBound]) } ?? recipe.origin)
    let inferences = try reader.number("inferences", in: Lifetime.inferenceRange)
    let span = try reader.measure("lifetime", ScenarioUnits.span, in: Lifetime.yearRange)
    let rate = try reader.measure("rate", ScenarioUnits.rate, in: Lifetime.rateRange)
    let duty = try reader.measure("duty", ScenarioUnits.duty, in: Lifetime.hourRange)
    let activity = try reader.measure("activity", ScenarioUnits.percent, in: 1e-4...100).map { $0 / 100 }
    let use = try ModelUse(&reader)
    let windowText = try reader.text("window"), windowNode = reader.node("window")
    let window = try windowText.map { text in try (windowNode ?? recipe).located { try DailyWindow(text) } }
    let gridNode = reader.node("grid"), hoursNode = reader.node("grid-hours")
    let pue = try reader.number("pue", in: 1...10) ?? OperationalCarbon.defaultPUE
    let deadline = try reader.measure("deadline", ScenarioUnits.time, in: 1e-6...86_400)
    let weights = try reader.choice("weights", Weights.self) ?? .kept
    let temperature = try reader.measure("temperature", ScenarioUnits.temperature, in: 0...105)
    let deviceLife = try reader.measure("device-lifetime", ScenarioUnits.span, in: Lifetime.yearRange)
    let fabNode = reader.node("fab"), memoryNode = reader.node("dram")
    let packages = try reader.integer("packages", in: 0...1000)
    let packageCarbon = try reader.measure("package-carbon", ScenarioUnits.mass, in: 0.001...1e6)
    let boundary = try reader.choice("boundary", Boundary.self) ?? .packaged
    let deviceName = try reader.text("device"), deviceNode = reader.node("device")
    let modelCarbon = try reader.measure("model-carbon", ScenarioUnits.mass, in: 0...1e9)
    let devices = try reader.number("devices", in: 1...1e12)
    if let devices, devices != devices.rounded() { throw reader.error("devices", "must be a whole number") }
    let uncertaintyNode = reader.node("uncertainty")
    // A misspelt key explains a missing one.
    try reader.finish()

    let lifetime = try recipe.located {
      try Self.lifetime(inferences: inferences, years: span, rate: rate, hours: duty, window: window, activity, reader)
    }
    if use.imagesPerFetch > 1, lifetime.rate == nil {
      throw reader.error("images-per-fetch", "needs lifetime and rate: images are waited for")
    }
    if deviceLife != nil, inferences != nil {
      throw reader.error("device-lifetime", "needs lifetime, rate and duty, not a number of inferences")
    }
    if let deviceLife, let span, deviceLife < span {
      throw reader.error(
        "device-lifetime", "is shorter than lifetime, the time of use", "a device cannot serve longer than it lives")
    }
    if let hoursNode, gridNode != nil { throw hoursNode.error("grid and grid-hours exclude each other") }
    if window != nil, hoursNode == nil {
      throw reader.error("window", "needs grid-hours, a file of hourly intensities")
    }
    let grid =
      try hoursNode.map { node in
        try HourlyIntensity(file: node.path(in: folder, "grid-hours")).grid(in: window)
      } ?? gridNode.map { try $0.grid(of: grids, "grid") } ?? grids.grid(nil)
    let memory = try memoryNode.map { try MemoryPlan($0, folder: folder) } ?? MemoryPlan.standard()
    let packaging =
      try packages == 0 ? nil : Packaging(ics: packages, carbonPerIC: packageCarbon.map { KilogramsCO2e($0 / 1000) })
    if boundary == .device, deviceName == nil {
      throw reader.error(
        "boundary", "device needs a device", "name one, such as device: \(try Device.names().first ?? "FILE")")
    }
    if boundary == .device, lifetime.span == nil {
      throw reader.error("boundary", "device needs lifetime and rate, not a number of inferences")
    }
    if devices != nil, modelCarbon == nil { throw reader.error("devices", "shares model-carbon, which is missing") }
    let manufacture = try Manufacture(
      fab: fabNode, grids: grids, folder: folder, memory: memory, packaging: packaging, boundary: boundary
    ) { grid in
      guard let deviceName, let deviceNode else { return nil }
      return try deviceNode.located { try Device(named: deviceName, in: folder, chipsMadeOn: grid) }
    }
    self.init(
      name: name, manufacture: manufacture, lifetime: lifetime, use: use, grid: grid, pue: pue,
      deadline: deadline.map { Seconds($0) }, keepsWeights: weights == .kept,
      deviceLifetime: deviceLife.map { Lifetime.year * $0 },
      modelCarbon: modelCarbon.map { KilogramsCO2e($0 / 1000) } ?? .zero, devices: devices ?? 1,
      uncertainty: try uncertaintyNode.map { try UncertaintyRanges($0, folder: folder) } ?? UncertaintyRanges(file: nil)
    )
    self.temperature = temperature ?? self.temperature
  }

  private static func lifetime(
    inferences: Double?, years: Double?, rate: Double?, hours: Double?, window: DailyWindow?, _ activity: Double?,
    _ reader: RecipeReader
  ) throws -> Lifetime {
    if let inferences {
      if activity != nil {
        throw reader.error("activity", "needs lifetime and rate, not a number of inferences")
      }
      guard years == nil, rate == nil, hours == nil else {
        throw reader.error("inferences", "excludes lifetime, rate and duty", "give the one or the others")
      }
      return try Lifetime(inferences: inferences)
    }
    guard let years, let rate else {
      throw InputError(
        "\(years == nil ? "lifetime" : "rate") is missing",
        advice: "give lifetime and rate, such as 3 years and 1 per second, or inferences")
    }
    let hours = hours ?? window.map { Double($0.hours) } ?? 24
    if let window, hours > Double(window.hours) {
      throw reader.error("duty", "is \(hours) hours a day, more than the window's \(window.hours)")
    }
    return try Lifetime(
      span: Lifetime.year * years, rate: Hertz(rate), hoursPerDay: hours, activity: activity ?? 1)
  }

  /// What becomes of weights between inferences.
  private enum Weights: String, CaseIterable { case kept, fetched }

  private static let suffix = ".yaml"

  /// The scenario of a name: `data/scenarios/NAME.yaml`, or the file of that path.
  /// - Throws: `InputError` with the nearest name.
  public static func named(_ name: String) throws -> Scenario { try named(name, changing: []) }

  /// The scenario of a name with other values for some keys, such as `grid` or `fab.yield`; see ``ScenarioChange``.
  /// - Throws: `InputError` with the nearest name, or naming the change that is not accepted.
  public static func named(_ name: String, changing changes: [ScenarioChange]) throws -> Scenario {
    let keys = try ScenarioLayers.keys(ofFile: ScenarioLayers.path(of: name))
    return try Scenario(changes.reduce(keys) { try $1.applied(to: $0) }, folder: "")
  }

  /// The scenario that a recipe's key `scenario` states: a name, a file, or keys such as `{base: camera, grid: FR}`.
  /// - Parameter standard: the name where the key is missing
  /// - Throws: `InputError` with the nearest name, or naming the place of what is not accepted.
  public static func stated(
    _ node: RecipeNode?, standard: String = "edge", changing changes: [ScenarioChange] = []
  ) throws -> Scenario {
    guard let node else { return try named(standard, changing: changes) }
    guard case .map = node.value else {
      guard let name = node.textValue, !name.isEmpty else {
        throw node.error(
          "scenario must be a name, a file or keys, found \(node.short)", advice: "such as {base: camera, grid: FR}")
      }
      return try named(name, changing: changes)
    }
    var keys = try ScenarioLayers.keys(node, folder: "")
    if keys["name"] == nil {
      // Nobody named it: it goes by what it is based on.
      let name = node[ScenarioLayers.key]?.textValue.map { plainName($0) } ?? "own"
      keys = keys.overridden(
        by: RecipeNode(.map([("name", RecipeNode(.string(name), origin: node.origin))]), origin: node.origin))
    }
    return try Scenario(changes.reduce(keys) { try $1.applied(to: $0) }, folder: "")
  }

  private static func plainName(_ name: String) -> String {
    let file = Folder.name(of: name)
    return [suffix, ".yml"].first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) } ?? file
  }

  /// The names that ``named(_:)`` knows.
  /// - Throws: `InputError` when a folder that `$CARBONCLIP_DATA` names cannot be read.
  public static func names() throws -> [String] {
    try DataFolder.names(in: "scenarios").filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }
}

extension ModelUse {
  /// The keys of a scenario that say which work an inference is.
  init(_ reader: inout RecipeReader) throws {
    self.init()
    textsPerImage = try reader.integer("texts-per-image", in: Self.textRange) ?? textsPerImage
    let prompts = try reader.integer("prompts", in: Self.promptRange)
    if prompts != nil, textsPerImage > 0 {
      throw reader.error("prompts", "belongs to texts-per-image: 0, prompts whose features are kept")
    }
    self.prompts = prompts ?? self.prompts
    if let node = reader.node("text-tokens"), node.textValue != "all" {
      guard let count = node.textValue.flatMap({ Int($0) }), Self.tokenRange.contains(count) else {
        throw node.error(
          "text-tokens must be all or a whole number from 1 to \(Self.tokenRange.upperBound), found \(node.short)")
      }
      textTokens = count
    }
    lastBlock = try reader.choice("last-block", LastBlock.self) ?? lastBlock
    imagesPerFetch = try reader.integer("images-per-fetch", in: Self.imageRange) ?? imagesPerFetch
  }
}

/// The units in which scenarios are written; the first of each is the base.
enum ScenarioUnits {
  static let span = [
    RecipeUnit("years", "year", "a", size: 1), RecipeUnit("months", "month", size: 1.0 / 12),
    RecipeUnit("weeks", "week", size: 7.0 / 365), RecipeUnit("days", "day", size: 1.0 / 365),
    RecipeUnit("hours", "hour", "h", size: 1.0 / 8760),
  ]
  static let rate = [
    RecipeUnit("per second", "Hz", "/s", size: 1), RecipeUnit("per minute", "/min", size: 1.0 / 60),
    RecipeUnit("per hour", "/h", size: 1.0 / 3600), RecipeUnit("per day", "/day", size: 1.0 / 86_400),
  ]
  static let duty = [
    RecipeUnit("hours a day", "hour a day", "h a day", "h/day", size: 1), RecipeUnit("%", size: 0.24),
    RecipeUnit("minutes a day", "min a day", "min/day", size: 1.0 / 60),
  ]
  static let time = [
    RecipeUnit("s", "seconds", "second", size: 1), RecipeUnit("ms", size: 1e-3), RecipeUnit("us", "µs", size: 1e-6),
    RecipeUnit("minutes", "minute", "min", size: 60),
  ]
  static let intensity = [RecipeUnit("g/kWh", "gCO2e/kWh", "gCO2/kWh", size: 1), RecipeUnit("kg/kWh", size: 1000)]
  static let mass = [RecipeUnit("g", "gCO2e", size: 1), RecipeUnit("kg", "kgCO2e", size: 1000)]
  static let percent = [RecipeUnit("%", size: 1), RecipeUnit("points", size: 1)]
  static let node = [RecipeUnit("nm", size: 1)]
  static let temperature = [RecipeUnit("C", "°C", "degrees", size: 1)]
  static let length = [RecipeUnit("mm", size: 1), RecipeUnit("um", "µm", size: 1e-3)]
  static let defects = [
    RecipeUnit("per cm2", "per cm²", "/cm2", "/cm²", size: 1), RecipeUnit("per mm2", "per mm²", "/mm2", size: 100),
  ]
  static let capacity = [
    RecipeUnit("GB", "GiB", size: 1), RecipeUnit("MB", "MiB", size: 0x1p-10), RecipeUnit("KB", "KiB", size: 0x1p-20),
    RecipeUnit("TB", "TiB", size: 1024), RecipeUnit("Gb", size: 0.125),
  ]
}

extension RecipeNode {
  /// Puts the node's place in front of errors that have none.
  func located<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch var error as InputError {
      // A recipe's own errors begin with their place, perhaps another line of the same file.
      let file = origin.split(separator: ":").first.map(String.init) ?? origin
      if error.file == nil, error.location == nil, !error.problem.hasPrefix("\(file):") { error.location = origin }
      throw error
    }
  }

  /// A file that the node names, relative to a folder.
  func path(in folder: String, _ key: String) throws -> String {
    guard let text = textValue, !text.isEmpty else { throw error("\(key) must be a file, found \(short)") }
    return text.hasPrefix("/") || folder.isEmpty || folder == "." ? text : "\(folder)/\(text)"
  }

  /// A grid: a code or name of the table, or an intensity with its unit.
  func grid(of table: GridTable, _ key: String) throws -> GridIntensity {
    guard let text = textValue else { throw error("\(key) must be a place or an intensity, found \(short)") }
    guard let first = text.first, first.isNumber || "+-.".contains(first) else {
      return try located { try table.grid(text) }
    }
    let intensity = try measure(key, ScenarioUnits.intensity, in: GridIntensity.range)
    return try located { try table.grid("\(intensity)") }
  }
}
