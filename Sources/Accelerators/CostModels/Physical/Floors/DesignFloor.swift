/// What a model costs at least on a design, or on every design of a group.
package struct DesignFloor: Sendable {
  /// mm².
  package var area: Double
  /// Seconds of a run.
  package var latency: Double
  /// J for each image, waiting included.
  package var energy: Double
  /// J for each image that do not depend on how long the run takes, and W that go on while it lasts.
  package var work: Double, standing: Double
  /// Images of a run.
  package var images: Int
  /// 10^12 operations a second of the arrays at the most; all designs of a group have the same.
  package var peakTOPS: Double
  /// Which combination of the axes that decide neither arrays, L2 nor buffer.
  package var outer: Int

  /// W, mean of a run that takes at most so many seconds.
  package func power(within most: Double) -> Double { standing + work * Double(images) / most }
}
