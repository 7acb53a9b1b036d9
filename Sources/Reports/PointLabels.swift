/// Where the names of a drawing's points stand, so that none covers another: right below its point or above it, on the other
/// side, or farther away.
struct PointLabels {
  /// A name's place: the end that is at `x`, and its base line.
  struct Place: Equatable {
    let x: Double, y: Double
    let anchor: String
  }

  private struct Box {
    let left: Double, right: Double, top: Double, bottom: Double

    /// How much of it another covers, in square pixels.
    func overlap(_ other: Box) -> Double {
      max(0, min(right, other.right) - max(left, other.left)) * max(0, min(bottom, other.bottom) - max(top, other.top))
    }
  }

  private let left: Double, right: Double, bottom: Double
  private var taken: [Box] = []

  /// Of names of 11 pixels.
  private static let letter = 6.5, ascent = 9.0, descent = 3.0

  /// A drawing of which nothing is taken.
  /// - Parameters:
  ///   - left, right, bottom: of the plane of its points
  init(left: Double, right: Double, bottom: Double) {
    self.left = left
    self.right = right
    self.bottom = bottom
  }

  /// Takes a place for a name of so many letters beside a point; the one of least overlap where all are taken.
  /// - Parameter isOnLine: whether the point is on a line, which leaves room above it on the left
  mutating func place(_ letters: Int, x: Double, y: Double, isOnLine: Bool) -> Place {
    let width = Self.letter * Double(letters)
    let before = Place(x: x - 8, y: y + 14, anchor: "end"), behind = Place(x: x + 7, y: y + 14, anchor: "start")
    func moved(_ place: Place, by rise: Double) -> Place { Place(x: place.x, y: place.y - rise, anchor: place.anchor) }
    var wished = x + 8 + width > right ? [before, behind] : [behind, before]
    if isOnLine { wished.insert(Place(x: x - 4, y: y - 7, anchor: "end"), at: 0) }
    // Above the point, then in ever wider circles.
    var rises: [Double] = [0, 22]
    for step in 1...6 { rises += [22 + 13 * Double(step), -13 * Double(step)] }
    var best: (place: Place, box: Box, overlap: Double)?
    for rise in rises {
      for place in wished {
        let moved = moved(place, by: rise), start = moved.anchor == "end" ? moved.x - width : moved.x
        let box = Box(
          left: start, right: start + width, top: moved.y - Self.ascent, bottom: moved.y + Self.descent)
        // Beyond the plane a name is as good as covered.
        let outside = max(0, left - box.left) + max(0, box.right - right - 8) + max(0, box.bottom - bottom - 4)
        let overlap: Double = taken.reduce(outside * Self.ascent) { $0 + $1.overlap(box) }
        if best.map({ overlap < $0.overlap }) ?? true { best = (moved, box, overlap) }
        if overlap == 0 { break }
      }
      if best?.overlap == 0 { break }
    }
    guard let best else { return behind }
    taken.append(best.box)
    return best.place
  }
}
