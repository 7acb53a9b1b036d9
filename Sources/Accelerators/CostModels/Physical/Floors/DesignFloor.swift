internal import CLIPUnits

/// What a model costs at least on a design, or on every design of a group.
package struct DesignFloor: Sendable {
  /// A design of the group: its largest and fastest parts.
  package var design: AcceleratorDesign
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
  /// Which combination of the axes that decide neither arrays, L2 nor buffer.
  package var outer: Int

  /// W, mean of a run that takes at most so many seconds.
  package func power(within most: Double) -> Double { standing + work * Double(images) / most }

  /// The lesser of everything of two.
  func least(_ other: DesignFloor) -> DesignFloor {
    var least = self
    least.area = min(area, other.area)
    least.latency = min(latency, other.latency)
    least.energy = min(energy, other.energy)
    least.work = min(work, other.work)
    least.standing = min(standing, other.standing)
    return least
  }
}
