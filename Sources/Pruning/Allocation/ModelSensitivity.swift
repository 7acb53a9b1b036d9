public import CLIPFiles
import CLIPModelShapes
import CLIPTensors

/// What each axis of a model costs at each size: the divergence of its affinities between pictures and texts from the whole
/// model's.
public struct ModelSensitivity: Sendable {
  let vision: TowerSensitivity
  let text: TowerSensitivity

  init(vision: TowerSensitivity, text: TowerSensitivity) {
    self.vision = vision
    self.text = text
  }

  /// Of a model on which nothing was measured: what tells whether a budget can be reached at all.
  init(unmeasured dense: CLIPConfiguration) {
    self.init(vision: TowerSensitivity(unmeasured: dense.vision), text: TowerSensitivity(unmeasured: dense.text))
  }

  /// The shape within a budget that loses least.
  ///
  /// - Parameters:
  ///   - start: what was asked for; sizes that were not asked for are the dense model's
  ///   - loadable: whether heads fill the width and layers are alike, as other libraries need it
  /// - Throws: ``InputError`` for a budget that cannot be reached.
  func shape(
    within budget: Budget, _ request: ShapeRequest, from start: CLIPConfiguration, _ importance: Importance,
    of dense: CLIPConfiguration, loadable: Bool
  ) throws -> CLIPConfiguration {
    var fixed = request
    if dense.vision.projType == .none { fixed.vision.width = dense.vision.width }
    if dense.text.projType == .none { fixed.text.width = dense.text.width }
    let images = vision.keeping(importance.vision.layers.largest(start.vision.layers))
    let texts = text.keeping(importance.text.layers.largest(start.text.layers))
    return loadable
      ? try LoadableAllocation(budget: budget, vision: images, text: texts, fixed: fixed).shape(from: start)
      : try BudgetAllocation(budget: budget, vision: images, text: texts, fixed: fixed).shape(from: start)
  }

  /// For each tower the curve of its width, and of each layer's heads and units: pairs of size and divergence.
  public var json: JSONObject { ["vision": .object(vision.json), "text": .object(text.json)] }
}

extension TowerSensitivity {
  fileprivate var json: JSONObject {
    [
      "width": width.json, "heads": .array(heads.map(\.json)), "mlp": .array(units.map(\.json)),
    ]
  }
}

extension SensitivityCurve {
  fileprivate var json: JSONValue {
    .array(points.map { .array([.integer($0.size), .number($0.divergence)]) })
  }
}
