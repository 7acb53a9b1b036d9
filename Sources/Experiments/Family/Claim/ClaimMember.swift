internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPUnits

/// A member of a family with all that its claim says of it, for its card and its files.
struct ClaimMember {
  let claim: FamilyClaim
  /// Its place among the claim's models.
  let place: Int
  let model: FamilyModel
  /// Of the recipe's first seed, whose weights are published.
  let run: FamilyModel.Run
  /// What all trainings of the family cost, rivals among them; nil where that is not known.
  let making: RunFootprint?

  /// What its arithmetic makes of the weights.
  var reading: FamilyReading? { run.readings.first { $0.arithmetic == arithmetic } }
  var arithmetic: String { claim.study.models[place].arithmetic }

  /// It beside its rival in one use, counted one way.
  struct Row {
    let frame: FamilyClaim.Frame
    let use: FamilyClaim.Use
    let found: ClaimResult.Row
    let own: AssessedDesign, rival: AssessedDesign
    let range: ClosedRange<Double>
    let rivalName: String
  }

  /// One a frame and use, in their order.
  var rows: [Row] {
    claim.frames.flatMap { frame in
      zip(frame.uses, frame.result.uses).compactMap { use, found -> Row? in
        guard let row = found.rows.first(where: { $0.member == place }) else { return nil }
        return Row(
          frame: frame, use: use, found: row, own: use.designs[place], rival: use.designs[row.rival],
          range: use.ranges[place], rivalName: claim.study.models[row.rival].name)
      }
    }
  }

  /// Those on the recipe's first grid.
  var firstRows: [Row] { rows.filter { $0.frame.grid == claim.frames.first?.grid } }
}

/// From when on a member has made up for what its rival spares, in use or in making.
enum BreakEven: Equatable {
  /// It emits no more in either.
  case always
  /// It emits no less in either.
  case never
  /// It emits more to be made and less in use: after so many years, and inferences.
  case after(years: Double, inferences: Double)
  /// It emits less to be made and more in use: up to then.
  case until(years: Double, inferences: Double)

  /// Of two designs in one scenario; nil where the life has no length in years.
  init?(_ own: LifetimeCarbon?, beside rival: LifetimeCarbon?) {
    guard let own, let rival else { return nil }
    let making = own.embodied.total * own.embodiedShare - rival.embodied.total * rival.embodiedShare
    let using = own.operational - rival.operational
    if making <= .zero, using <= .zero { self = .always; return }
    if making >= .zero, using >= .zero { self = .never; return }
    let lifetime = own.scenario.lifetime
    guard let years = own.breakEven(with: rival), let life = lifetime.span.map({ $0 / Lifetime.year }) else {
      return nil
    }
    let inferences = lifetime.inferences * years / life
    self = making > .zero ? .after(years: years, inferences: inferences) : .until(years: years, inferences: inferences)
  }

  /// For a table.
  var text: String {
    func time(_ years: Double, _ inferences: Double) -> String {
      "\(Figures.significant(years)) years, \(Figures.significant(inferences / 1e6)) million inferences"
    }
    return switch self {
    case .always: "from the first on"
    case .never: "never"
    case .after(let years, let inferences): "after \(time(years, inferences))"
    case .until(let years, let inferences): "up to \(time(years, inferences))"
    }
  }

  var json: JSONValue {
    switch self {
    case .always: ["emits_less": "always"]
    case .never: ["emits_less": "never"]
    case .after(let years, let inferences):
      ["emits_less": "after", "years": .number(years), "inferences": .number(inferences)]
    case .until(let years, let inferences):
      ["emits_less": "until", "years": .number(years), "inferences": .number(inferences)]
    }
  }
}

extension ClaimMember.Row {
  var breakEven: BreakEven? { BreakEven(own.carbon, beside: rival.carbon) }

  /// From how many devices on what making the family emitted is repaid by this member in its rival's place; nil where it saves
  /// nothing.
  func devices(repaying making: RunFootprint?) -> Double? {
    let saved = rival.value(of: .carbon) - own.value(of: .carbon)
    guard let making, saved > 0 else { return nil }
    return max(1, (making.carbon.value / saved).rounded(.up))
  }

  func json(_ making: RunFootprint?) -> JSONValue {
    func figure(_ figure: DrawnFigure) -> JSONValue {
      [
        "stated": .number(figure.stated), "p5": .number(figure.range.lowerBound),
        "p95": .number(figure.range.upperBound),
      ]
    }
    var object: JSONObject = [
      "use": .string(use.name), "boundary": .string(frame.boundary.rawValue), "grid": .string(frame.grid.code),
      "accelerator": .object(own.design.json), "total_kgco2e": .number(own.value(of: .carbon)),
      "p5_kgco2e": .number(range.lowerBound), "p95_kgco2e": .number(range.upperBound),
      "operational_kgco2e": .number(own.value(of: .operational)),
      "embodied_kgco2e": .number(own.value(of: .embodied)), "latency_s": .number(own.value(of: .latency)),
      "energy_j": .number(own.value(of: .energy)), "area_mm2": .number(own.value(of: .area)),
    ]
    if let lifetime = own.carbon?.scenario.lifetime {
      object["inferences"] = .number(lifetime.inferences)
      if let years = lifetime.span.map({ $0 / Lifetime.year }) { object["years"] = .number(years) }
    }
    object["rival"] = [
      "name": .string(rivalName), "accelerator": .object(rival.design.json),
      "total_kgco2e": .number(rival.value(of: .carbon)), "is_against_base": .bool(found.isAgainstBase),
    ]
    object["saved"] = figure(found.saving.saved)
    object["strictly"] = figure(found.saving.strictly)
    object["break_even"] = breakEven?.json ?? .null
    object["devices_to_repay_family"] = devices(repaying: making).map { .number($0) } ?? .null
    return .object(object)
  }
}
