internal import CLIPCarbonFootprint
internal import CLIPFiles
public import CLIPStudies

/// What this process costs while it works on a study.
final class SearchMeter {
  private let study: Study
  private let key: String
  private let threads: Int
  private let grid: GridIntensity
  private let pue: Double
  private var meter: EnergyMeter
  private var saved = ContinuousClock.now

  static let prefix = "footprint/"

  /// - Throws: `InputError` for a grid that no table knows.
  init(_ recipe: SearchRecipe, _ study: Study, worker: String, threads: Int) throws {
    self.study = study
    self.threads = threads
    key = Self.prefix + worker
    grid = try GridTable().grid(recipe.ownGrid)
    pue = try OperationalCarbon.checkedPUE(recipe.ownPUE)
    meter = try EnergyMeter()
  }

  /// The same, now and then.
  func keep() throws { if (ContinuousClock.now - saved).seconds > 60 { try save() } }

  /// Writes down what this process has cost so far.
  func save() throws {
    saved = .now
    meter.sample()
    let footprint = RunFootprint(of: meter, grid: grid, pue: pue, threads: threads)
    try study.setNote(key, .object(footprint.json))
  }

  /// What all processes together cost; nil before the first trial's end.
  static func total(_ study: Study) throws -> RunFootprint? {
    var total: RunFootprint?
    for (_, note) in try study.notes(prefix: prefix) {
      guard let object = note.objectValue else { continue }
      let one = try RunFootprint(json: object)
      total = total.map { $0 + one } ?? one
    }
    return total
  }
}

/// What a process costs that concludes the search of other processes.
public struct SearchAccount {
  private let meter: SearchMeter

  /// Begins to count.
  /// - Parameter worker: a name that no other process on the study has
  /// - Throws: `InputError` for a grid that no table knows.
  public init(_ recipe: SearchRecipe, _ study: Study, worker: String, threads: Int) throws {
    meter = try SearchMeter(recipe, study, worker: worker, threads: threads)
  }

  /// Writes down what was spent so far.
  /// - Throws: `InputError` where the study cannot be written.
  public func save() throws { try meter.save() }
}
