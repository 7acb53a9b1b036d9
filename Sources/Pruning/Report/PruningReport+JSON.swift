public import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits
internal import CLIPWeights

extension PruningReport {
  /// All of it as plain data, `pruning.json`.
  public var json: JSONObject {
    let plan = result.plan
    var json: JSONObject = [
      "carbonclip_version": .string(version), "source": .string(source), "strategy": .string(strategy),
      "compensation": .string(compensation.description), "seed": .integer(Int(clamping: seed)),
    ]
    if let budget { json["budget"] = .object([budget.kind.rawValue: .integer(budget.limit)]) }
    if let calibration {
      json["calibration"] = [
        "data": .string(calibration.data), "pairs": .integer(calibration.pairs),
        "fingerprint": .string(calibration.fingerprint),
      ]
    }
    json["before"] = Self.sizes(before, element)
    json["after"] = Self.sizes(plan.configuration, element)
    if let sensitivity = result.sensitivity { json["sensitivity"] = .object(sensitivity.json) }
    if let accuracy {
      json["accuracy"] = [
        "dataset": .string(accuracy.before.run.dataset), "before": .object(accuracy.before.metricsJSON),
        "after": .object(accuracy.after.metricsJSON),
      ]
    }
    json["loads_in"] = .string(plan.configuration.loadingSummary)
    if let loadable { json["loadable"] = .object(loadable.json) }
    json["seconds"] = [
      "ranking": .number(result.rankingSeconds), "compensation": .number(result.compensationSeconds),
    ]
    json["vision"] = vision.json
    json["text"] = text.json
    let rotated = compensation.rotates && compensation.needsData && plan.embedding.count < plan.dense.embedDimension
    json["embedding"] = [
      "dense": .integer(plan.dense.embedDimension),
      "kept": rotated
        ? .string("the first \(plan.embedding.count) principal components") : JSONValue(plan.embedding),
      "importance": JSONValue(result.importance.embedding.map { Figures.rounded($0, digits: 4) }),
    ]
    return json
  }

  static func sizes(_ model: CLIPConfiguration, _ element: ElementType) -> JSONValue {
    [
      "parameters": .integer(model.parameterCount), "weights_bytes": .integer(model.parameterCount * element.size),
      "image_macs": .integer(model.imageMultiplyAdds), "text_macs": .integer(model.textMultiplyAdds),
      "config": model.json(),
    ]
  }
}

extension PruningReport.Tower {
  fileprivate var json: JSONValue {
    let blocks = blocks.enumerated().map { layer, block -> JSONValue in
      var object: JSONObject = [
        "layer": .integer(layer), "importance": .number(block.importance), "head_importance": JSONValue(block.heads),
        "mlp_importance": JSONValue(block.units), "kept": .bool(block.kept != nil),
      ]
      if let kept = block.kept {
        object["kept_heads"] = JSONValue(kept.heads)
        object["kept_mlp"] = JSONValue(kept.units)
      }
      if let error = block.remainingError { object["remaining_error"] = .number(error) }
      return .object(object)
    }
    return [
      "layers": JSONValue(layers), "channels": JSONValue(channels), "channel_importance": JSONValue(channelImportance),
      "blocks": .array(blocks),
    ]
  }
}
