/// Finds a low place of a smooth function of a few variables from its gradient.
///
/// Broyden, Fletcher, Goldfarb and Shanno's update of a dense inverse Hessian, with backtracking until the decrease is
/// Armijo's. Values that are no numbers count as infinitely high, so a search never leaves where the function is defined.
///
/// Source: Nocedal and Wright, "Numerical optimization", 2nd edition, algorithm 6.1 and section 3.1.
enum QuasiNewton {
  typealias Function = ([Double]) -> (value: Double, gradient: [Double])

  struct Minimum {
    var place: [Double]
    var value: Double
  }

  /// - Parameters:
  ///   - iterations: at most so many
  ///   - tolerance: ends where no component of the gradient is larger
  static func minimize(
    _ function: Function, from start: [Double], iterations: Int = 50, tolerance: Double = 1e-4
  ) -> Minimum {
    let count = start.count
    var place = start, (value, gradient) = function(start)
    guard value.isFinite, gradient.allSatisfy(\.isFinite) else { return Minimum(place: start, value: .infinity) }
    var inverse = identity(count), isFresh = true
    for _ in 0..<iterations {
      if gradient.allSatisfy({ abs($0) < tolerance }) { break }
      var direction = times(inverse, gradient, -1), slope = inner(direction, gradient)
      if slope >= 0 {
        inverse = identity(count)
        isFresh = true
        direction = gradient.map { -$0 }
        slope = inner(direction, gradient)
      }
      // Variables are logarithms: a step of more than 2 is a factor of more than 7.
      let longest = direction.reduce(0) { max($0, abs($1)) }
      var step = min(isFresh ? min(1, 1 / longest) : 1, 2 / max(longest, 1e-300))
      var next = place, found = (value: Double.infinity, gradient: gradient)
      for _ in 0..<20 {
        next = zip(place, direction).map { $0 + step * $1 }
        found = function(next)
        if found.value <= value + 1e-4 * step * slope, found.gradient.allSatisfy(\.isFinite) { break }
        found.value = .infinity
        step *= 0.4
      }
      guard found.value.isFinite else {
        if isFresh { break }
        inverse = identity(count)
        isFresh = true
        continue
      }
      let moved = zip(next, place).map { $0 - $1 }, turned = zip(found.gradient, gradient).map { $0 - $1 }
      let gained = value - found.value
      (place, value, gradient) = (next, found.value, found.gradient)
      update(&inverse, moved, turned, isFirst: isFresh)
      isFresh = false
      if gained < 1e-7 * max(1, abs(value)) { break }
    }
    return Minimum(place: place, value: value)
  }

  private static func update(_ inverse: inout [[Double]], _ moved: [Double], _ turned: [Double], isFirst: Bool) {
    let curvature = inner(moved, turned)
    guard curvature > 1e-12 else { return }
    if isFirst {
      let scale = curvature / max(inner(turned, turned), 1e-300)
      inverse = identity(moved.count).map { $0.map { $0 * scale } }
    }
    let turn = times(inverse, turned, 1), bend = 1 + inner(turned, turn) / curvature
    for i in moved.indices {
      for j in moved.indices {
        inverse[i][j] += (bend * moved[i] * moved[j] - turn[i] * moved[j] - moved[i] * turn[j]) / curvature
      }
    }
  }

  private static func identity(_ count: Int) -> [[Double]] {
    (0..<count).map { row in (0..<count).map { $0 == row ? 1 : 0 } }
  }

  private static func inner(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  private static func times(_ matrix: [[Double]], _ vector: [Double], _ scale: Double) -> [Double] {
    matrix.map { scale * inner($0, vector) }
  }
}
