import CLIPFiles
import CLIPModelShapes

/// Chooses a shape within a budget among those that other libraries hold: heads that fill the width, the same in every
/// layer, and one feed-forward width a tower.
///
/// Losses are taken to add up, as in ``BudgetAllocation``. There are few such shapes, so all of them are looked at.
struct LoadableAllocation {
  let budget: Budget
  let vision: TowerSensitivity
  let text: TowerSensitivity
  /// Sizes that the user has fixed.
  let fixed: ShapeRequest

  /// A tower's sizes, with what they lose and what the model costs when only this tower is cut.
  fileprivate struct Option {
    let heads: Int, hidden: Int, divergence: Double
    var cost = 0
  }

  /// The shape that loses least.
  /// - Throws: ``InputError`` naming the least that can be reached.
  func shape(from start: CLIPConfiguration) throws -> CLIPConfiguration {
    let whole = budget.kind.cost(start)
    let images = options(vision, start.vision, fixed.vision).map { option in
      option.costing(budget.kind.cost(Self.applying(option, to: start, \.vision)))
    }
    let texts = options(text, start.text, fixed.text).map { option in
      option.costing(budget.kind.cost(Self.applying(option, to: start, \.text)))
    }.sorted { ($0.cost, $0.divergence) < ($1.cost, $1.divergence) }
    // The best text tower of each cost or less, of which the costs of both towers and of what they share are left.
    var least: [Option] = []
    for option in texts { least.append(least.last.map { $0.divergence <= option.divergence ? $0 : option } ?? option) }
    var best: (image: Option, text: Option)?
    for image in images {
      let room = budget.limit - image.cost + whole
      let fitting = texts.partitioningIndex { $0.cost > room }
      guard fitting > 0 else { continue }
      let text = least[fitting - 1], loss = image.divergence + text.divergence
      if best.map({ loss < $0.image.divergence + $0.text.divergence }) ?? true { best = (image, text) }
    }
    guard let best else {
      let smallest = (images.map(\.cost).min() ?? whole) + (texts.map(\.cost).min() ?? whole) - whole
      throw InputError(
        "\(budget.kind.flag) cannot be reached: the smallest shape has \(smallest), wanted at most \(budget.limit)",
        advice: "ask for fewer layers too, with --vision-layers and --text-layers, or leave out --loadable")
    }
    return Self.applying(best.text, to: Self.applying(best.image, to: start, \.vision), \.text)
  }

  private static func applying<Tower: TowerConfiguration>(
    _ option: Option, to model: CLIPConfiguration, _ path: WritableKeyPath<CLIPConfiguration, Tower>
  ) -> CLIPConfiguration {
    var model = model
    let layers = model[keyPath: path].layers
    model[keyPath: path].width = option.heads * model[keyPath: path].headWidth
    model[keyPath: path].headsPerLayer = Array(repeating: option.heads, count: layers)
    model[keyPath: path].mlpWidth = Array(repeating: option.hidden, count: layers)
    return model
  }

  private func options<Tower: TowerConfiguration>(
    _ curves: TowerSensitivity, _ tower: Tower, _ fixed: ShapeRequest.Tower
  ) -> [Option] {
    let headWidth = tower.headWidth, most = tower.mostFilledHeads
    let fewest = max(
      curves.heads.map(\.smallest).max() ?? 1, (curves.width.smallest + headWidth - 1) / headWidth, 1)
    let heads = fixed.heads ?? (fixed.width.map { [$0 / headWidth] } ?? Array(min(fewest, most)...most))
    let hidden = tower.mlpWidth.min() ?? 1, step = max(1, min(16, hidden / 16))
    let narrowest = curves.units.map(\.smallest).max() ?? 1
    let units =
      fixed.mlp
      ?? Set(stride(from: hidden / step * step, through: 1, by: -step).filter { $0 >= narrowest } + [hidden]).sorted()
    return heads.flatMap { count in
      units.map { size in
        var divergence = curves.width.divergence(at: count * headWidth)
        for curve in curves.heads { divergence += curve.divergence(at: count) }
        for curve in curves.units { divergence += curve.divergence(at: size) }
        return Option(heads: count, hidden: size, divergence: divergence)
      }
    }
  }
}

extension LoadableAllocation.Option {
  fileprivate func costing(_ cost: Int) -> Self {
    var option = self
    option.cost = cost
    return option
  }
}

extension Array {
  /// The first index whose element is true, where all after it are too.
  fileprivate func partitioningIndex(_ isAfter: (Element) -> Bool) -> Int {
    var low = 0, high = count
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
