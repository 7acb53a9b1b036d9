public import CLIPEvaluation
internal import CLIPFiles
public import CLIPModelShapes
internal import CLIPUnits
internal import CLIPWeights

/// What it costs that another library can hold the pruned model: how near it is to the whole model, beside the shape that
/// the same budget gives where none needs to.
public struct LoadableCost {
  /// The library that can hold it.
  public let library: OtherLibrary
  /// The divergence from the whole model's affinities on the calibration pairs; see ``Pruner/divergence(of:on:)``.
  public let divergence: Double
  /// The free shape.
  public let freeShape: CLIPConfiguration
  /// Its divergence.
  public let freeDivergence: Double
  /// What was measured of the pruned model and of the free shape, on data that neither looked at; nil where it was not.
  public let accuracy: (own: any EvaluationResult, free: any EvaluationResult)?

  /// A comparison of its parts.
  public init(
    _ library: OtherLibrary, divergence: Double, freeShape: CLIPConfiguration, freeDivergence: Double,
    accuracy: (own: any EvaluationResult, free: any EvaluationResult)?
  ) {
    self.library = library
    self.divergence = divergence
    self.freeShape = freeShape
    self.freeDivergence = freeDivergence
    self.accuracy = accuracy
  }

  /// Both in a sentence without its full stop.
  public var text: String {
    let shape = "a shape that \(library.title) holds"
    if let accuracy, let own = accuracy.own.headline.value, let free = accuracy.free.headline.value {
      let name = accuracy.own.headline.name.replacing("_", with: " ")
      let points = Figures.significant(abs(free - own) * 100)
      return
        "\(shape): \(name) \(Figures.percent(own)); the free shape of the same budget: \(Figures.percent(free)), "
        + "\(points) points \(free >= own ? "more" : "less")"
    }
    return
      "\(shape): divergence from the whole model \(Figures.significant(divergence)) on the calibration pairs; the free "
      + "shape of the same budget: \(Figures.significant(freeDivergence)) (--val-data measures accuracy)"
  }

  var json: JSONObject {
    var object: JSONObject = [
      "library": .string(library.rawValue), "divergence": .number(divergence),
      "free_divergence": .number(freeDivergence), "free_shape": PruningReport.sizes(freeShape, .float32),
    ]
    if let accuracy {
      object["metrics"] = .object(accuracy.own.metricsJSON)
      object["free_metrics"] = .object(accuracy.free.metricsJSON)
    }
    return object
  }
}
