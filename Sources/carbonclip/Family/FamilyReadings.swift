import CLIPFamily
import CLIPCarbonFootprint
import CLIPFiles

/// How far a family is whose models are read in several arithmetics: each model in each, on validation data, and on test data
/// where that may be looked at.
struct FamilyReadings {
  /// A model in an arithmetic, over its seeds.
  struct Row {
    let model: FamilyModel, arithmetic: String
    let validation: SeedStatistics
    /// nil where test is sealed, or was opened without this.
    let test: SeedStatistics?
  }

  let recipe: FamilyRecipe
  let record: FamilyRecord
  let rows: [Row]

  init(_ recipe: FamilyRecipe, _ record: FamilyRecord) {
    self.recipe = recipe
    self.record = record
    rows = record.models.flatMap { model in
      let names = model.runs.first?.readings.map(\.arithmetic) ?? []
      return names.map { name in
        let readings = model.runs.compactMap { run in run.readings.first { $0.arithmetic == name } }
        let tests = readings.compactMap(\.test)
        return Row(
          model: model, arithmetic: name, validation: SeedStatistics(readings.map(\.validation.mean)),
          test: tests.isEmpty ? nil : SeedStatistics(tests.map(\.mean)))
      }
    }
  }

  var text: String {
    var table = Table(["model", "arithmetic", "seeds", "validation", "test"], words: [0, 1])
    for row in rows {
      let isOwn = row.model.arithmetic == row.arithmetic
      table.add([
        row.model.name, row.arithmetic + (isOwn ? " (its own)" : ""), "\(row.validation.count)",
        FamilyTables.accuracy(row.validation),
        row.test.map { FamilyTables.accuracy($0) } ?? (recipe.isSealed ? "sealed" : "-"),
      ])
    }
    return table.text(width: Output.width) + "\n\n\(state)\n\(recipe.record)"
  }

  private var state: String {
    let trainings = record.models.reduce(0) { $0 + $1.runs.count }, count = "\(trainings) trainings"
    guard recipe.isSealed else { return "\(count)." }
    guard let opened = record.opened else { return "\(count); the test sets are sealed." }
    let later = record.models.flatMap(\.runs).count { !$0.isOpened }
    return "\(count); the test sets were opened on \(opened.date), \(opened.digest)"
      + (later > 0 ? "; \(later) recorded later are not of it." : ".")
  }

  var json: JSONValue {
    var object: JSONObject = ["models": .array(rows.map(Self.json)), "record": .string(recipe.record)]
    object["sealed"] = .bool(recipe.isSealed)
    object["opened"] = record.opened?.json ?? .null
    object["footprint"] = record.footprint.map { .object($0.json) } ?? .null
    return .object(object)
  }

  private static func json(_ row: Row) -> JSONValue {
    var object: JSONObject = ["name": .string(row.model.name), "arithmetic": .string(row.arithmetic)]
    object["seeds"] = .integer(row.validation.count)
    object["validation"] = .number(row.validation.mean)
    object["test"] = row.test.map { .number($0.mean) } ?? .null
    return .object(object)
  }
}
