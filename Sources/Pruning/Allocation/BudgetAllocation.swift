import CLIPFiles
import CLIPModelShapes

/// Chooses a shape within a budget: always the cut that loses least agreement for what it saves.
///
/// Losses are taken to add up. Each step looks at every axis and every smaller size of it, measured or interpolated, and
/// takes the one of least divergence per cost saved, so a flat stretch behind a bump is found too.
struct BudgetAllocation {
  let budget: Budget
  let vision: TowerSensitivity
  let text: TowerSensitivity
  /// Axes that the user has fixed.
  let fixed: ShapeRequest

  private struct Axis {
    let curve: SensitivityCurve
    /// Sizes are multiples of this, so that products stay efficient.
    let step: Int
    let path: WritableKeyPath<CLIPConfiguration, Int>
  }

  /// The shape.
  /// - Throws: ``InputError`` naming the least that can be reached.
  func shape(from start: CLIPConfiguration) throws -> CLIPConfiguration {
    let axes = towerAxes(vision, start.vision, fixed.vision, \.vision) + towerAxes(text, start.text, fixed.text, \.text)
    var model = start
    while budget.kind.cost(model) > budget.limit {
      guard let cut = best(axes, model) else {
        let least = budget.kind.cost(model)
        throw InputError(
          "\(budget.kind.flag) cannot be reached: the smallest shape has \(least), wanted at most \(budget.limit)",
          advice: "ask for fewer layers too, with --vision-layers and --text-layers")
      }
      model[keyPath: cut.axis.path] = cut.size
    }
    return refill(model, axes)
  }

  private func best(_ axes: [Axis], _ model: CLIPConfiguration) -> (axis: Axis, size: Int)? {
    let cost = budget.kind.cost(model)
    var best: (axis: Axis, size: Int)?, least = Double.infinity
    for axis in axes {
      let now = model[keyPath: axis.path], held = axis.curve.divergence(at: now)
      var size = (now - 1) / axis.step * axis.step
      while size >= axis.curve.smallest, size > 0 {
        var smaller = model
        smaller[keyPath: axis.path] = size
        let saved = cost - budget.kind.cost(smaller)
        if saved > 0 {
          // A cut beyond what is wanted gets no credit for the rest.
          let useful = min(saved, max(cost - budget.limit, 1))
          let price = (axis.curve.divergence(at: size) - held + 1e-12) / Double(useful)
          if price < least {
            least = price
            best = (axis, size)
          }
        }
        size -= axis.step
      }
    }
    return best
  }

  /// Gives back what the last cut took too much of.
  private func refill(_ model: CLIPConfiguration, _ axes: [Axis]) -> CLIPConfiguration {
    var model = model, hasRoom = true
    while hasRoom {
      hasRoom = false
      var most = 0.0, chosen: (WritableKeyPath<CLIPConfiguration, Int>, Int)?
      for axis in axes {
        let now = model[keyPath: axis.path], size = min(now + axis.step, axis.curve.points[0].size)
        guard size > now else { continue }
        var larger = model
        larger[keyPath: axis.path] = size
        let gain = axis.curve.divergence(at: now) - axis.curve.divergence(at: size)
        let added = Double(budget.kind.cost(larger) - budget.kind.cost(model))
        guard budget.kind.cost(larger) <= budget.limit, added > 0, gain / added > most else { continue }
        most = gain / added
        chosen = (axis.path, size)
      }
      if let chosen {
        model[keyPath: chosen.0] = chosen.1
        hasRoom = true
      }
    }
    return model
  }

  private func towerAxes<Tower: TowerConfiguration>(
    _ sensitivity: TowerSensitivity, _ start: Tower, _ fixed: ShapeRequest.Tower,
    _ path: WritableKeyPath<CLIPConfiguration, Tower>
  ) -> [Axis] {
    var axes: [Axis] = []
    // Every tower has a projection of its own width; a text tower without one keeps it.
    if fixed.width == nil {
      axes.append(
        Axis(curve: sensitivity.width, step: max(1, min(8, start.width / 16)), path: path.appending(path: \.width)))
    }
    // Curves belong to layers of the dense tower; where layers go it is not known which, so their mean stands for each.
    for layer in 0..<start.layers {
      if fixed.heads == nil {
        axes.append(Axis(curve: sensitivity.heads[layer], step: 1, path: path.appending(path: \.headsPerLayer[layer])))
      }
      if fixed.mlp == nil {
        axes.append(
          Axis(
            curve: sensitivity.units[layer], step: max(1, min(16, start.mlpWidth[layer] / 16)),
            path: path.appending(path: \.mlpWidth[layer])))
      }
    }
    return axes
  }
}
