internal import CLIPFiles
public import CLIPModelShapes
public import CLIPSearch
internal import CLIPSystem

/// Chooses a family's members from a search's front: evenly along it, from the least carbon to nearly the whole model.
///
/// The ends are the front's model of least carbon that is accurate enough, and its most accurate model other than the base
/// model itself. The way from the one to the other is measured as the sum of what is gained in accuracy and in the logarithm of carbon,
/// each as a share of its whole gain; members stand at equal steps of it, each the nearest model that is left.
public enum MemberSelection {
  /// The chosen members of the front, ascending in carbon, with the trial and sizes of each.
  /// - Parameter loadable: a library that must be able to hold every member; nil for any shape
  /// - Throws: `InputError` where the front has too few models.
  public static func choose(
    _ names: [String], from front: SearchFront, leastAccuracy: Double, loadable: OtherLibrary? = nil
  )
    throws -> [FamilyModel]
  {
    func isLoadable(_ index: Int) throws -> Bool {
      guard let loadable else { return true }
      return try front.recipe.space.shape(front.finished[index].point).isLoadable(by: loadable)
    }
    guard let carbon = front.recipe.metrics.firstIndex(of: .carbon) else {
      throw InputError("the search does not count carbon", file: front.recipe.name)
    }
    // Of a model on several accelerators, the one with the least carbon.
    var models: [(index: Int, carbon: Double, accuracy: Double)] = []
    for member in front.members.sorted(by: { $0.values[carbon] < $1.values[carbon] })
    where member.accuracy >= leastAccuracy && member.index != front.dense
      && !models.contains(where: { $0.index == member.index })
    {
      guard try isLoadable(member.index) else { continue }
      models.append((member.index, member.values[carbon], member.accuracy))
    }
    let held = loadable.map { " and that \($0.title) holds" } ?? ""
    guard models.count >= names.count, let first = models.first,
      let last = models.max(by: { $0.accuracy < $1.accuracy })
    else {
      throw InputError(
        "the front has \(models.count) models that are accurate enough\(held), fewer than the family's \(names.count)",
        file: front.recipe.name, advice: "search on, or name fewer members")
    }
    let between = models.filter { $0.carbon >= first.carbon && $0.carbon <= last.carbon }
    func way(_ model: (index: Int, carbon: Double, accuracy: Double)) -> Double {
      let accuracy = (model.accuracy - first.accuracy) / max(last.accuracy - first.accuracy, 1e-9)
      return accuracy + log(model.carbon / first.carbon) / max(log(last.carbon / first.carbon), 1e-9)
    }
    var left = between.filter { $0.index != first.index && $0.index != last.index }
    var chosen = names.count > 1 ? [first, last] : [last]
    for step in 1..<max(2, names.count - 1) where names.count > 2 {
      let aim = way(last) * Double(step) / Double(names.count - 1)
      guard let place = left.indices.min(by: { abs(way(left[$0]) - aim) < abs(way(left[$1]) - aim) }) else { continue }
      chosen.append(left.remove(at: place))
    }
    return zip(names, chosen.sorted { $0.carbon < $1.carbon }).map { name, model in
      let one = front.finished[model.index]
      return FamilyModel(name, .member, front.recipe.space.json(one.point), trial: one.trial.number)
    }
  }
}
