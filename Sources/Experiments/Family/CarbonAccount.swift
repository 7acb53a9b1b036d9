public import CLIPAccelerators
public import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPRecipes
internal import CLIPSearch

/// One way to count a model's carbon: who prices it, on which accelerators, in which scenario, on which grid.
public struct CarbonAccount: Sendable {
  /// A name for people: `physical, camera, world`.
  public let name: String
  /// Who prices.
  public let assessor: Assessor
  /// Where accelerators are chosen from.
  public let space: DesignSpace
  /// What every accelerator must keep to.
  public let limits: [Limit]

  /// An account of its parts.
  public init(_ name: String, _ assessor: Assessor, _ space: DesignSpace, limits: [Limit]) {
    self.name = name
    self.assessor = assessor
    self.space = space
    self.limits = limits
  }

  /// The accounts of a section, each for every grid that it names; the search's own where there is no section.
  static func list(_ section: RecipeNode?, of search: SearchRecipe) throws -> [CarbonAccount] {
    guard case .space(let own) = search.hardware else {
      throw search.node.error("a family needs a space of accelerators, not one design")
    }
    let scenario = search.assessor.scenario
    guard let section else {
      return [CarbonAccount(search.assessor.costModelName, search.assessor, own, limits: search.limits)]
    }
    guard case .list(let items) = section.value, !items.isEmpty else {
      throw section.error("accounts must be a list", advice: "such as - {cost-model: physical, grids: [WORLD, FR]}")
    }
    return try items.flatMap { item in
      var reader = try RecipeReader(item, as: .family)
      let choice = try reader.choice("cost-model", Assessor.Choice.self) ?? search.assessor.choice
      let hardware = try reader.text("hardware"), scenarioNode = reader.node("scenario")
      let changes = ScenarioChange.read(&reader)
      let grids = try reader.texts("grids")
      let limits = try reader.texts("limits")?.map { try Limit($0, origin: item.origin) } ?? search.limits
      try reader.finish()
      let space = try hardware.map { try DesignSpace.named($0) } ?? own
      if scenarioNode == nil, let change = changes.first {
        throw change.value.error("\(change.key) changes a scenario that the account names", advice: "name a scenario")
      }
      let stated = try scenarioNode.map { try Scenario.stated($0, changing: changes) } ?? scenario
      let table = try GridTable()
      return try (grids ?? [""]).map { grid in
        var used = stated
        if !grid.isEmpty { used.grid = try table.grid(grid) }
        let assessor = try choice.map { try Assessor($0, in: used) } ?? search.assessor.moved(to: used)
        let name = [assessor.costModelName, hardware ?? search.hardwareName, stated.name, used.grid.name]
        return CarbonAccount(name.joined(separator: ", "), assessor, space, limits: limits)
      }
    }
  }
}
