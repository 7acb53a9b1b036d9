import CLIPCompute
import CLIPOptimization
import Testing

@Suite("Fronts and volumes")
struct FrontTests {
  private static func points(_ count: Int, _ objectives: Int, seed: UInt64, steps: Float? = nil) -> [[Double]] {
    var random = Philox(seed: seed, purpose: .test)
    return (0..<count).map { _ in
      (0..<objectives).map { _ in
        let value = random.uniform()
        return Double(steps.map { (value * $0).rounded() / $0 } ?? value)
      }
    }
  }

  @Test("the front is every point that no other beats", arguments: [2, 3, 4])
  func front(objectives: Int) {
    for seed in UInt64(0)..<10 {
      // Coarse steps make equal points and equal coordinates.
      let points = Self.points(40, objectives, seed: seed, steps: 5)
      let expected = points.indices.filter { i in
        !points.indices.contains { j in
          let isNowhereMore = zip(points[j], points[i]).allSatisfy { $0 <= $1 }
          return isNowhereMore && (points[j] != points[i] || j < i)
        }
      }
      let found = ParetoFront.indices(points)
      #expect(found == Array(expected))
    }
    #expect(ParetoFront.indices([[.nan, 0], [1, 1]]) == [1])
    #expect(ParetoFront.indices([]) == [])
  }

  /// The volume of a union of boxes by inclusion and exclusion.
  private static func inclusionExclusion(_ points: [[Double]], _ reference: [Double]) -> Double {
    var total = 0.0
    for subset in 1..<(1 << points.count) {
      var corner = [Double](repeating: -.infinity, count: reference.count), size = 0
      for (index, point) in points.enumerated() where subset >> index & 1 == 1 {
        corner = zip(corner, point).map { max($0, $1) }
        size += 1
      }
      let box = zip(corner, reference).reduce(1.0) { $0 * max(0, $1.1 - $1.0) }
      total += size % 2 == 1 ? box : -box
    }
    return total
  }

  @Test("volumes are those of inclusion and exclusion", arguments: [1, 2, 3, 4, 5])
  func volume(objectives: Int) {
    for seed in UInt64(0)..<8 {
      let points = Self.points(9, objectives, seed: seed, steps: seed < 4 ? 4 : nil)
      let reference = [Double](repeating: 0.9, count: objectives)
      let found = Hypervolume.of(points, reference: reference)
      #expect(abs(found - Self.inclusionExclusion(points, reference)) < 1e-12)
    }
  }

  @Test("volumes are BoTorch's, and what random points find within four standard errors")
  func otherVolumes() throws {
    for golden in try Goldens.load().volumes {
      let volume = Hypervolume.of(golden.points, reference: golden.reference)
      #expect(abs(volume - golden.volume) < 1e-12)
      var random = Philox(seed: 5, purpose: .test), inside = 0
      let draws = 20_000
      for _ in 0..<draws {
        let place = golden.reference.map { Double(random.uniform()) * $0 }
        if golden.points.contains(where: { zip($0, place).allSatisfy { $0 <= $1 } }) { inside += 1 }
      }
      let box = golden.reference.reduce(1, *), share = Double(inside) / Double(draws)
      let error = box * (share * (1 - share) / Double(draws)).squareRoot()
      #expect(abs(volume - box * share) < 4 * error)
    }
  }

  @Test("points beyond the reference, at it, or no numbers add nothing")
  func outside() {
    #expect(Hypervolume.of([[1, 0], [0, 2], [.nan, 0], [-.infinity, 0]], reference: [1, 1]) == 0)
    #expect(Hypervolume.of([], reference: [1, 1]) == 0)
    #expect(Hypervolume.of([[0, 0], [0, 0, 0]], reference: [1, 1]) == 1)
  }
}
