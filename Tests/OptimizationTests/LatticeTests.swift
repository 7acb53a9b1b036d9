import CLIPCompute
import CLIPOptimization
import CLIPTestSupport
import Testing

@Suite("Lattices and first points")
struct LatticeTests {
  @Test("a lattice counts its points, and numbers and points belong together")
  func counting() throws {
    let lattice = try Lattice([3, 1, 4])
    #expect(lattice.count == 12)
    let points = (0..<12).map { lattice.point(at: $0) }
    #expect(Set(points).count == 12)
    #expect(points.allSatisfy { lattice.contains($0) })
    #expect(!lattice.contains([3, 0, 0]) && !lattice.contains([0, 0]) && !lattice.contains([0, 0, -1]))
    let huge = try Lattice(Array(repeating: 1000, count: 30))
    #expect(huge.count == Int.max)
  }

  @Test("neighbors are one level away, variations any number of levels along one axis")
  func neighbors() throws {
    let lattice = try Lattice([3, 1, 4])
    #expect(Set(lattice.neighbours(of: [0, 0, 2])) == [[1, 0, 2], [0, 0, 1], [0, 0, 3]])
    #expect(lattice.variations(of: [0, 0, 2]).count == 2 + 0 + 3)
  }

  @Test(
    "sizes that make no lattice are refused",
    arguments: [
      ([], "a lattice has from 1 to 64 axes, found 0"),
      ([3, 0], "axis 1 of a lattice must have from 1 to 1000000 levels, found 0"),
    ] as [([Int], String)])
  func refused(sizes: [Int], expected: String) {
    #expect(message { _ = try Lattice(sizes) } == expected)
  }

  @Test("the design begins with the largest point, the smallest and one axis at a time, and never repeats")
  func design() throws {
    let lattice = try Lattice([4, 3, 5, 4])
    let design = InitialDesign.points(lattice, count: 14, seed: 3)
    #expect(design.count == 14 && Set(design).count == 14)
    #expect(
      Array(design.prefix(6)) == [
        [3, 2, 4, 3], [0, 0, 0, 0], [0, 2, 4, 3], [3, 0, 4, 3], [3, 2, 0, 3], [3, 2, 4, 0],
      ])
    #expect(design.allSatisfy { lattice.contains($0) })
    let again = InitialDesign.points(lattice, count: 14, seed: 3)
    let other = InitialDesign.points(lattice, count: 14, seed: 4)
    #expect(design == again && design != other)
  }

  @Test("a design of a lattice with fewer points is all of it")
  func smallDesign() throws {
    let lattice = try Lattice([2, 1, 2])
    let design = InitialDesign.points(lattice, count: 10, seed: 1)
    #expect(Set(design) == [[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1]] && design.count == 4)
  }

  @Test("the Latin hypercube visits every level of an axis about equally often")
  func hypercube() throws {
    let lattice = try Lattice([4, 4, 4, 4, 4, 4])
    let cube = InitialDesign.points(lattice, count: 8 + 8, seed: 9).suffix(8)
    for axis in 0..<6 {
      let counts = (0..<4).map { level in cube.filter { $0[axis] == level }.count }
      #expect(counts.max() ?? 9 <= 3 && counts.min() ?? 0 >= 1)
    }
  }

  @Test("the Sobol sequence is scipy's, for all axes")
  func sobol() throws {
    let golden = try Goldens.load().sobol
    let sequence = try SobolSequence(axes: 64)
    for (index, place) in golden.enumerated() { #expect(sequence[index] == place) }
  }

  @Test("a shifted Sobol sequence is as even: each of 16 boxes of a plane holds one of 16 points")
  func shifted() throws {
    for seed in UInt64(0)..<5 {
      let sequence = try SobolSequence(axes: 2, seed: seed)
      let boxes = (0..<16).map { index in
        let place = sequence[index]
        return Int(place[0] * 4) * 4 + Int(place[1] * 4)
      }
      #expect(Set(boxes).count == 16)
    }
    #expect(message { _ = try SobolSequence(axes: 65) } == "a Sobol sequence has from 1 to 64 axes, found 65")
  }
}
