import CLIPFamily
import CLIPFiles
import CLIPSearch

/// The studies that a family's models are chosen from: its own searches', and those of the searches that it is compared with.
/// Each is opened once, and only where the record does not hold what it says: opening one prices models.
final class FamilyStudies {
  private let recipe: FamilyRecipe
  private let known: FamilyRecord
  private let prices: PriceList
  private let stages: StageProgress
  private var opened: [String: OpenedStudy] = [:]

  /// - Parameters:
  ///   - known: what was chosen before is not chosen again
  ///   - stages: told how far choosing is
  init(_ recipe: FamilyRecipe, _ known: FamilyRecord, _ prices: PriceList, _ stages: StageProgress) {
    self.recipe = recipe
    self.known = known
    self.prices = prices
    self.stages = stages
  }

  /// The models of the recipe with what the record knows of them.
  /// - Throws: `InputError` where a study is needed and not there; `CancellationError` when stopped.
  func models() throws -> FamilyRecord {
    try requireStudies()
    let own = try members(), searched = try searched()
    var record = try FamilyRun.models(of: recipe, known: known, members: own, searched: searched)
    record.charges = try charges()
    return record
  }

  /// The first of the family's own; nil where it is not there.
  func first() throws -> OpenedStudy? { try open(recipe.study) }

  private func open(_ folder: String) throws -> OpenedStudy? {
    if let known = opened[folder] { return known }
    let place = StudyPlace(folder)
    guard Folder.containsFile(place.study) else { return nil }
    let study = try OpenedStudy(place)
    opened[folder] = study
    return study
  }

  private func open(_ folder: String, else missing: String) throws -> OpenedStudy {
    guard let study = try open(folder) else { throw absence(of: folder, missing) }
    return study
  }

  private func absence(of folder: String, _ missing: String) -> InputError {
    InputError(
      "holds no study, and \(recipe.record) no \(missing)", file: folder, advice: "search first: carbonclip search")
  }

  /// Refuses what lacks before anything is priced, which may take hours.
  private func requireStudies() throws {
    func require(_ folder: String, _ missing: String) throws {
      guard Folder.containsFile(StudyPlace(folder).study) else { throw absence(of: folder, missing) }
    }
    if known.models.filter({ $0.kind == .member }).map(\.name) != recipe.members {
      for study in [recipe.study] + (recipe.choice?.studies ?? []) { try require(study, "members") }
    }
    guard recipe.choice != nil else { return }
    for search in recipe.searches where !known.models.contains(where: { $0.foundBy?.rule == search.rule }) {
      try require(search.study, "models of \(search.rule)")
    }
  }

  /// Those of the record, or chosen from the family's own studies.
  private func members() throws -> [FamilyModel] {
    let members = known.models.filter { $0.kind == .member }
    if members.map(\.name) == recipe.members { return members }
    let first = try open(recipe.study, else: "members")
    if let choice = recipe.choice {
      let others = try choice.studies.map { try open($0, else: "members").front }
      return try MemberChoice.choose(
        recipe.members, from: [first.front] + others, by: choice, of: recipe, on: first.pool, prices: prices
      ) { stages.show("choosing the members", "trials", done: $0, total: $1) }
    }
    return try MemberSelection.choose(
      recipe.members, from: first.front, leastAccuracy: recipe.leastAccuracy, loadable: recipe.loadable)
  }

  /// Those of the record, or chosen from the studies of other searches.
  private func searched() throws -> [FamilyModel] {
    guard let choice = recipe.choice else { return [] }
    return try recipe.searches.flatMap { search -> [FamilyModel] in
      let old = known.models.filter { $0.foundBy?.rule == search.rule }
      if !old.isEmpty { return old }
      let found = try open(search.study, else: "models of \(search.rule)"), own = try own()
      try own.first.map { try Self.requireComparable(found, with: $0, search.rule) }
      return try SearchedFamily.choose(
        search, from: found.front, beside: own.map(\.front), by: choice, of: recipe, prices: prices
      ) {
        stages.show("choosing the models of \(search.rule)", "trials", done: $0, total: $1)
      }
    }
  }

  /// What a search must share with the family's to be compared with it: all but what it looks for and how.
  private static let shared: Set<String> = [
    "pretrained", "train-data", "val-data", "validation", "task", "model-space", "hardware", "arithmetic", "prompts",
    "strategy", "calibration-samples", "finetune", "trainings",
  ]

  private static func requireComparable(_ found: OpenedStudy, with own: OpenedStudy, _ rule: String) throws {
    let differing = found.study.identity.differences(from: own.study.identity, in: shared)
    guard differing.isEmpty else {
      throw InputError(
        "searches: \(rule) is a search of another kind: \(differing.prefix(4).joined(separator: ", ")) differ",
        file: found.place.folder, advice: "search with the family's recipe and --optimizer or --objective")
    }
  }

  /// The family's own studies, as far as they are there.
  private func own() throws -> [OpenedStudy] {
    try ([recipe.study] + (recipe.choice?.studies ?? [])).compactMap { try open($0) }
  }

  /// What the candidates of every search cost: as the record knows it, or added up where a search came to it.
  private func charges() throws -> [FamilyRecord.Charge] {
    guard !recipe.searches.isEmpty else { return [] }
    let rules = [nil] + recipe.searches.map { Optional($0.rule) }
    let old = rules.compactMap { rule in known.charges.first { $0.rule == rule } }
    if old.count == rules.count { return old }
    let own = try own(), others = try recipe.searches.map { try open($0.study) }
    let pool = (own + others.compactMap(\.self)).map(\.front)
    func charge(_ rule: String?, _ studies: [OpenedStudy], of count: Int) throws -> FamilyRecord.Charge? {
      guard studies.count == count, let first = studies.first else { return known.charges.first { $0.rule == rule } }
      return FamilyRecord.Charge(
        rule: rule, objective: first.recipe.metrics.map(\.title).joined(separator: ", "),
        charge: try SearchCharge(studies.map { ($0.front, $0.study) }, pool: pool))
    }
    let family = try charge(nil, own, of: 1 + (recipe.choice?.studies.count ?? 0))
    return try ([family] + zip(recipe.searches, others).map { try charge($0.rule, [$1].compactMap(\.self), of: 1) })
      .compactMap(\.self)
  }
}
