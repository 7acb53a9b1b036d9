public import CLIPCarbonFootprint
public import CLIPFiles

/// What a shape can do right after it was cut and refitted, before any training: seconds instead of minutes, and it tells
/// nearly how shapes compare once they are trained (`docs/search.md` has the figures).
public struct CandidateLook: Equatable, Sendable {
  /// On validation data, in float32.
  public var accuracy: CandidateMeasurement.Accuracy
  /// Of cutting and measuring, in seconds.
  public var seconds: Double
  /// What it cost; nil where that was not recorded.
  public var footprint: RunFootprint?

  /// A look of its parts.
  public init(accuracy: CandidateMeasurement.Accuracy, seconds: Double, footprint: RunFootprint? = nil) {
    self.accuracy = accuracy
    self.seconds = seconds
    self.footprint = footprint
  }

  /// All of it as plain data.
  public var json: JSONObject {
    var object: JSONObject = ["float32": .object(accuracy.json), "seconds": .number(seconds)]
    if let footprint { object["footprint"] = .object(footprint.json) }
    return object
  }

  /// What ``json`` wrote; nil for anything else.
  public init?(_ json: JSONValue) {
    guard let accuracy = CandidateMeasurement.Accuracy(json["float32"]), let seconds = json["seconds"]?.doubleValue
    else {
      return nil
    }
    self.init(
      accuracy: accuracy, seconds: seconds,
      footprint: json["footprint"]?.objectValue.flatMap { try? RunFootprint(json: $0) })
  }
}
