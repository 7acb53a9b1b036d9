internal import CLIPCarbonFootprint
internal import CLIPUnits

/// Of one model, its accelerator of least carbon against its accelerator of least latency.
public struct TradeOff: Equatable, Sendable {
  /// By how much its carbon is below the other's.
  public let less: Double
  /// Its latency over the other's.
  public let slower: Double
  /// Arrays' lanes of the other over its own.
  public let lanes: Double

  init(carbon: (total: Double, latency: Double, lanes: Int), latency: (total: Double, latency: Double, lanes: Int)) {
    less = CarbonDifference.less(carbon.total, than: latency.total)
    slower = carbon.latency / latency.latency
    lanes = Double(latency.lanes) / Double(carbon.lanes)
  }

  /// The middle of each figure.
  init?(middleOf all: [TradeOff]) {
    guard !all.isEmpty else { return nil }
    less = SetupFit.median(all.map(\.less))
    slower = SetupFit.median(all.map(\.slower))
    lanes = SetupFit.median(all.map(\.lanes))
  }

  init?(_ optimum: Optimum?) {
    guard let carbon = optimum?.leastCarbon, let latency = optimum?.leastLatency else { return nil }
    self.init(
      carbon: (carbon.total, carbon.latency, carbon.design.lanes),
      latency: (latency.total, latency.latency, latency.design.lanes))
  }

  /// As printed.
  init?(_ searches: [HardwareSearch]) {
    guard let carbon = searches.first(where: { $0.target == .carbon }),
      let latency = searches.first(where: { $0.target == .latency })
    else { return nil }
    self.init(
      carbon: (carbon.carbon.value, carbon.latency.value, carbon.design.lanes),
      latency: (latency.carbon.value, latency.latency.value, latency.design.lanes))
  }
}

/// The trade-offs of one model of the paper's table 2.
public struct ModelTradeOffs: Equatable, Sendable {
  /// The model's name in the paper.
  public let model: String
  /// From the printed rows, and from exact searches in the set-ups; nil where there is no such accelerator.
  public let printed, reference, physical, edge: TradeOff?

  static func all(_ searches: [HardwareSearch], _ optima: [Optimum], _ setups: Setups) -> [ModelTradeOffs] {
    searches.filter { $0.target == .carbon }.map { row in
      func found(_ setup: Setup) -> TradeOff? {
        TradeOff(optima.of(row.configuration, in: setup))
      }
      return ModelTradeOffs(
        model: row.model, printed: TradeOff(searches.filter { $0.model == row.model }),
        reference: found(setups.referencePublished), physical: found(setups.physicalPublished),
        edge: found(setups.physicalEdge))
    }
  }
}
