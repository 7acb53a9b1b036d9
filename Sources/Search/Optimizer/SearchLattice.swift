internal import CLIPAccelerators
internal import CLIPOptimization

/// The points that an optimizer chooses from.
///
/// Where it computes costs, a point is a model shape: every accelerator is priced for it exactly. A black-box
/// optimizer chooses both: a point is a model shape followed by the accelerator's knobs.
struct SearchLattice: Sendable {
  let model: ModelSpace
  /// The accelerators' knobs that have a choice, where the optimizer chooses them too.
  let hardware: DesignSpace?

  init(_ recipe: SearchRecipe) {
    model = recipe.space
    if !recipe.optimizer.computesCosts, case .space(let space) = recipe.hardware {
      hardware = space
    } else {
      hardware = nil
    }
  }

  /// How many levels each axis has.
  var sizes: [Int] { model.axes.map(\.sizes.count) + (hardware?.knobSizes ?? []) }

  /// The part of a point that is a model shape.
  func modelPoint(_ point: [Int]) -> [Int] { Array(point.prefix(model.axes.count)) }

  /// The number of the accelerator at a point; nil where the optimizer does not choose it.
  func design(_ point: [Int]) -> Int? { hardware?.number(of: Array(point.dropFirst(model.axes.count))) }

  /// A point for people.
  func name(_ point: [Int]) -> String {
    let name = model.name(modelPoint(point))
    guard let hardware, let number = design(point) else { return name }
    return "\(name) on \(hardware[number])"
  }
}
