public import CLIPEvaluation
public import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits
public import CLIPWeights

/// What a pruning kept and why, as JSON: what is written beside the pruned model and what its picture is drawn from.
public struct PruningReport {
  /// The document.
  public let json: JSONObject

  /// What the pairs were, for the record.
  public struct Calibration {
    public var data: String
    public var pairs: Int
    public var fingerprint: String

    /// Pairs of a data set.
    public init(data: String, pairs: Int, fingerprint: String) {
      self.data = data
      self.pairs = pairs
      self.fingerprint = fingerprint
    }
  }

  /// - Parameters:
  ///   - source: the whole model's name
  ///   - accuracy: what was measured before and after, where it was
  ///   - element: what the weights are written as
  public init(
    _ result: Pruner.Result, source: String, strategy: String, compensation: CompensationOptions, seed: UInt64,
    calibration: Calibration?, budget: Budget?, accuracy: (before: EvaluationResult, after: EvaluationResult)?,
    element: ElementType, version: String
  ) {
    let plan = result.plan, after = plan.configuration
    var json: JSONObject = [
      "carbonclip_version": .string(version), "source": .string(source), "strategy": .string(strategy),
      "compensation": .string(compensation.description), "seed": .integer(Int(clamping: seed)),
    ]
    if let budget { json["budget"] = .object([budget.kind.rawValue: .integer(budget.limit)]) }
    if let calibration {
      json["calibration"] = .object([
        "data": .string(calibration.data), "pairs": .integer(calibration.pairs),
        "fingerprint": .string(calibration.fingerprint),
      ])
    }
    json["before"] = .object(Self.sizes(plan.dense, element))
    json["after"] = .object(Self.sizes(after, element))
    if let sensitivity = result.sensitivity { json["sensitivity"] = .object(sensitivity.json) }
    if let accuracy {
      json["accuracy"] = .object([
        "dataset": .string(accuracy.before.dataset), "before": .object(accuracy.before.metrics),
        "after": .object(accuracy.after.metrics),
      ])
    }
    json["seconds"] = .object([
      "ranking": .number(result.rankingSeconds), "compensation": .number(result.compensationSeconds),
    ])
    json["vision"] = .object(
      Self.tower(plan.vision, result.importance.vision, plan.dense.vision, result.visionErrors))
    json["text"] = .object(Self.tower(plan.text, result.importance.text, plan.dense.text, result.textErrors))
    let rotated = compensation.rotates && compensation.needsData && plan.embedding.count < plan.dense.embedDimension
    json["embedding"] = .object([
      "dense": .integer(plan.dense.embedDimension),
      "kept": rotated ? .string("the first \(plan.embedding.count) principal components") : Self.list(plan.embedding),
      "importance": Self.list(result.importance.embedding),
    ])
    self.json = json
  }

  /// What a shape has and does.
  static func sizes(_ model: CLIPConfiguration, _ element: ElementType) -> JSONObject {
    [
      "parameters": .integer(model.parameterCount),
      "weights_bytes": .integer(model.parameterCount * element.size), "image_macs": .integer(model.imageMultiplyAdds),
      "text_macs": .integer(model.textMultiplyAdds), "config": model.json(),
    ]
  }

  private static func tower(
    _ plan: TowerPlan, _ scores: TowerImportance, _ dense: some TowerConfiguration, _ errors: [Double]
  ) -> JSONObject {
    let blocks = (0..<dense.layers).map { layer -> JSONValue in
      var block: JSONObject = [
        "layer": .integer(layer), "importance": .number(scores.layers[layer]),
        "head_importance": list(scores.heads[layer]), "mlp_importance": list(scores.units[layer]),
      ]
      let place = plan.layers.firstIndex(of: layer)
      block["kept"] = .bool(place != nil)
      if let place {
        block["kept_heads"] = list(plan.heads[place])
        block["kept_mlp"] = list(plan.units[place])
        if errors.indices.contains(place) { block["remaining_error"] = .number(errors[place]) }
      }
      return .object(block)
    }
    return [
      "layers": list(plan.layers), "channels": list(plan.channels), "channel_importance": list(scores.channels),
      "blocks": .array(blocks),
    ]
  }

  private static func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }

  /// Four digits: a report is for reading, and rankings are kept elsewhere.
  private static func list(_ values: [Double]) -> JSONValue {
    .array(values.map { .number(Figures.rounded($0, digits: 4)) })
  }
}
