package import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCompute
internal import CLIPFiles
package import CLIPRecipes

extension SearchRecipe {
  /// The key under which a study records the axes of a widened space, so that it keeps the accelerators that it began with
  /// whatever later versions would widen to.
  static let axesKey = "hardware-axes"

  /// The space, wide enough that the least accelerators of the largest and of the smallest shape stand at no end that could
  /// be moved; nil for one design.
  func widened() throws -> DesignSpace? {
    guard case .space(var wider) = hardware else { return nil }
    let pool = ThreadPool()
    // What was widened for one shape may move the other's optimum to another end.
    while true {
      let before = wider
      for point in [space.largestPoint, space.smallestPoint] {
        wider =
          try assessor(at: point).optimum(
            metrics, of: space.shape(point), across: wider, limits: limits, widens: true, on: pool
          )
          .space
      }
      if wider == before { return wider }
    }
  }

  /// A recipe with the axes of its space.
  package static func recording(_ space: DesignSpace, in recipe: RecipeNode) -> RecipeNode {
    guard case .map(var members) = recipe.value else { return recipe }
    members.removeAll { $0.key == axesKey }
    members.append((axesKey, space.section(origin: recipe.origin)))
    var node = RecipeNode(.map(members), origin: recipe.origin)
    node.places = recipe.places
    return node
  }
}
