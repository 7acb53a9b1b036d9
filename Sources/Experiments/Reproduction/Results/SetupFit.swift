public import CLIPCarbonFootprint
public import CLIPUnits

/// How well the printed carbon agrees with the reference's under one assumption of use.
public struct SetupFit: Equatable, Sendable {
  /// Inferences of a life.
  public let inferences: Double
  /// The grid of use: its name, and its intensity.
  public let grid: GridIntensity
  /// Computed minus printed total of each member of the family, in kgCO2e.
  public let off: [Double]
  /// Which of them are CarbonCLIP's own, not those that it is compared with.
  public let isOwn: [Bool]

  /// The middle of how far off the totals are, in kgCO2e.
  public var medianOff: Double { Self.median(off.map(abs)) }
  /// How many totals round to the printed ones.
  public var within: Int { off.count { abs($0) <= Self.tolerance } }
  /// How many of CarbonCLIP's own do.
  public var ownWithin: Int { zip(off, isOwn).count { abs($0) <= Self.tolerance && $1 } }
  /// The mean by which CarbonCLIP's own are off, in kgCO2e.
  public var ownMean: Double { Self.mean(zip(off, isOwn).filter(\.1).map(\.0)) }
  /// The mean by which the others are off, in kgCO2e.
  public var otherMean: Double { Self.mean(zip(off, isOwn).filter { !$0.1 }.map(\.0)) }

  /// A hair more than half of the last printed digit.
  private static let tolerance = CarbonDifference.halfStep.value + 1e-9

  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted(), middle = values.count / 2
    return values.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  /// Every pair of a number of inferences and a grid that the paper or its code names.
  static func all(_ family: [FamilyFigures], _ setups: Setups) throws -> [SetupFit] {
    let stated = setups.referenceStated.scenario, code = setups.referenceDefault.scenario
    return try [stated, code].flatMap { use in
      try [stated, code].map { place in
        var scenario = use
        scenario.grid = place.grid
        let off = try family.map { one in
          (try scenario.carbon(of: one[setups.referenceStated].carbon.design).total - one.member.carbon).value
        }
        return SetupFit(
          inferences: use.lifetime.inferences, grid: place.grid, off: off, isOwn: family.map(\.member.isOwn))
      }
    }
  }
}

/// How well the printed latencies agree with the reference's at a clock, with one of the two GELUs.
public struct ClockFit: Equatable, Sendable {
  /// Of the accelerators.
  public let clock: Hertz
  /// Whether the models have OpenAI's quick GELU, three operations of the vector cores, or the exact one, one operation.
  public let usesQuickGELU: Bool
  /// Computed over printed latency, of each member of the family.
  public let ratios: [Double]

  /// The middle of how far off the latencies are, as a part of the printed ones.
  public var medianOff: Double { SetupFit.median(ratios.map { abs($0 - 1) }) }
  /// How many latencies are within a tenth of the printed ones.
  public var within: Int { ratios.count { abs($0 - 1) <= 0.1 } }

  /// The clock of the code, 625 MHz, and the one that the paper prints, 500 MHz; the cycles are the same.
  static func all(_ family: [FamilyMember], _ setup: Setup) throws -> [ClockFit] {
    try [true, false].flatMap { isQuick in
      let priced = try family.map { member in
        var model = member.configuration
        model.usesQuickGELU = isQuick
        return try setup.price(model, on: member.design)
      }
      return [625e6, 500e6].map { clock in
        ClockFit(
          clock: Hertz(clock), usesQuickGELU: isQuick,
          ratios: zip(family, priced).map { $1.latency * $1.design.clock / clock / $0.latency.value })
      }
    }
  }
}
