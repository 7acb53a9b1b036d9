internal import CLIPAccelerators

/// A member of the family on its printed accelerator in every set-up.
public struct FamilyFigures: Equatable, Sendable {
  /// What the paper prints.
  public let member: FamilyMember
  /// In the order of ``Setups/all``.
  public let priced: [PricedModel]
  private let keys: [String]

  /// - Throws: `InputError` for what cannot be priced.
  package init(_ member: FamilyMember, _ setups: Setups) throws {
    self.member = member
    priced = try setups.all.map { try $0.price(member.configuration, on: member.design) }
    keys = setups.all.map(\.key)
  }

  package subscript(setup: Setup) -> PricedModel {
    guard let place = keys.firstIndex(of: setup.key) else { preconditionFailure("no member is priced in \(setup.key)") }
    return priced[place]
  }
}

/// A row of the paper's table 2 with what the cost models say of its accelerator.
public struct SearchFigures: Equatable, Sendable {
  /// What the paper prints.
  public let search: HardwareSearch
  /// Reference and physical cost model in the published scenario, the physical one in the standard scenario.
  public let reference, physical, edge: PricedModel

  /// - Throws: `InputError` for what cannot be priced.
  package init(_ search: HardwareSearch, _ setups: Setups) throws {
    self.search = search
    reference = try setups.referencePublished.price(search.configuration, on: search.design)
    physical = try setups.physicalPublished.price(search.configuration, on: search.design)
    edge = try setups.physicalEdge.price(search.configuration, on: search.design)
  }
}

/// How far the order of the family by a set-up's figures is the printed order.
public struct FamilyRanks: Equatable, Sendable {
  /// What is compared with the printed column.
  public let title: String
  /// Of all members.
  public let all: RankAgreement
  /// Of those with patches of 16 and of 32 pixels.
  public let patch16, patch32: RankAgreement

  init(_ title: String, _ family: [FamilyMember], printed: (FamilyMember) -> Double, _ figures: [Double]) {
    self.title = title
    let rows = zip(family, figures)
    func agreement(_ isIn: (FamilyMember) -> Bool) -> RankAgreement {
      RankAgreement(rows.filter { isIn($0.0) }.map { (printed($0.0), $0.1) })
    }
    all = agreement { _ in true }
    patch16 = agreement { $0.configuration.vision.patchSize == 16 }
    patch32 = agreement { $0.configuration.vision.patchSize == 32 }
  }

  static func all(_ family: [FamilyFigures], _ setups: Setups, own: [Double]) -> [FamilyRanks] {
    let members = family.map(\.member)
    let carbon = setups.all.map { setup in
      FamilyRanks(
        "carbon: \(setup.title)", members, printed: { $0.carbon.value }, family.map { $0[setup].total })
    }
    let best = FamilyRanks(
      "carbon: \(setups.physicalEdge.title), each on its own best", members, printed: { $0.carbon.value }, own)
    let latency = [setups.referencePublished, setups.physicalPublished].map { setup in
      FamilyRanks(
        "latency: \(setup.title)", members, printed: { $0.latency.value }, family.map { $0[setup].latency })
    }
    return carbon + [best] + latency
  }
}
