import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import Foundation

/// How sure the saving of carbon-aware choice is: in every draw of all that is uncertain, the accuracies of the models among
/// it, each objective chooses anew among the models that then reach a level, by the figures as stated, and what it chose
/// emits what is drawn.
struct ObjectiveDraws {
  private let models: [ObjectivesStudy.Model]
  /// By draw, then by model: whether accuracies reach a level is asked of these.
  private let accuracies: [[Double]]
  /// What each objective compares, and what its choices emit, by model and draw; nil where a model has no chip.
  private let own: Column, rivals: [Column]

  /// An objective's choices.
  private struct Column {
    /// By model, what is made small; infinite where the model has no chip.
    let values: [Double]
    let totals: [[Double]]
  }

  private static let draws = 2000

  init(_ priced: PricedModels, in boundary: Boundary, of scenario: Scenario) throws {
    let models = priced.models
    self.models = models
    var moved = scenario
    moved.boundary = boundary
    let assessor = try Assessor(in: moved)
    let designs = [priced.best[.carbon(boundary)], priced.best[.latency], priced.best[.energy], priced.onFixed]
      .map { $0 ?? [AssessedDesign?](repeating: nil, count: models.count) }
    var carbons: [LifetimeCarbon] = [], places: [[Int?]] = []
    for column in designs {
      places.append(
        try column.map { design in
          guard let design, let figures = design.carbon?.design else { return nil }
          carbons.append(try assessor.scenario(for: design.design).carbon(of: figures))
          return carbons.count - 1
        })
    }
    let study = try UncertaintyStudy(carbons, draws: Self.draws), stated = carbons.map(\.total.value)
    let totals = carbons.indices.map { study.totals(of: $0) }
    func column(_ place: Int, _ value: (Int, AssessedDesign) -> Double) -> Column {
      Column(
        values: models.indices.map { model in
          guard let design = designs[place][model], let chip = places[place][model] else { return .infinity }
          return place == 0 ? stated[chip] : value(model, design)
        },
        totals: models.indices.map { model in places[place][model].map { totals[$0] } ?? [] })
    }
    own = column(0) { _, _ in 0 }
    rivals = [
      column(1) { $1.value(of: .latency) }, column(2) { $1.value(of: .energy) },
      column(3) { model, _ in models[model].multiplyAdds }, column(1) { model, _ in models[model].multiplyAdds },
    ]
    accuracies = models.enumerated().map { place, model in
      MeasuredError(mean: model.accuracy, standardError: model.accuracyError).draws(stream: place, count: Self.draws)
    }
  }

  /// From which to which share carbon-aware choice saves against the best of the others in 90 % of the draws.
  func interval(_ level: Double) -> String? {
    var savings: [Double] = []
    for draw in 0..<Self.draws {
      let able = models.indices.filter { accuracies[$0][draw] >= level }
      func emitted(_ column: Column) -> Double? {
        guard let choice = able.min(by: { column.values[$0] < column.values[$1] }), column.values[choice].isFinite
        else { return nil }
        return column.totals[choice].isEmpty ? nil : column.totals[choice][draw]
      }
      guard let own = emitted(own), let rival = rivals.compactMap(emitted).min() else { continue }
      savings.append(1 - own / rival)
    }
    guard savings.count > Self.draws / 2 else { return nil }
    savings.sort()
    func text(_ share: Double) -> String {
      String(format: "%.1f", 100 * savings[Int((share * Double(savings.count - 1)).rounded())])
    }
    return "\(text(0.05)) to \(text(0.95)) %"
  }
}
