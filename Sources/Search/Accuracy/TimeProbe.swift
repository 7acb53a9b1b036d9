/// How long a trial will take, from a piece of one.
public struct TimeProbe: Sendable {
  /// Measuring the whole model in float32 and int8, in seconds.
  public let evaluation: Double
  /// Samples of the whole model's training a second, its teacher's features included.
  public let samplesPerSecond: Double
  /// What a trial takes, in seconds.
  public let secondsPerTrial: Double
  /// What a look takes, in seconds; nil where the search has none.
  public internal(set) var secondsPerLook: Double?
  /// What the first look or trial of a process takes besides, for what all of them share: pairs, scores, what the whole model
  /// does; in seconds.
  public internal(set) var preparation: Double?
}
