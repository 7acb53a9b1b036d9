import CLIPCompute
import Testing

@Suite("Non-negative least squares")
struct NonNegativeLeastSquaresTests {
  /// `scipy.optimize.nnls` (SciPy 1.16) on two drawn problems: one whose free solution has no negative number, one where a
  /// column is left out.
  static let problems: [(rows: [[Double]], values: [Double], solution: [Double])] = [
    (
      [
        [0.346, 0.822, 0.33, -1.303, 0.905], [0.446, -0.537, 0.581, 0.365, 0.294],
        [0.028, 0.547, -0.736, -0.163, -0.482], [0.599, 0.04, -0.292, -0.782, -0.257],
        [0.008, -0.276, 1.294, 1.007, -2.711], [-1.889, -0.175, -0.422, 0.214, 0.217],
        [2.118, -1.112, -0.378, 2.043, 0.647], [0.663, -0.514, -1.648, 0.167, 0.109],
      ], [0.231, 1.072, -1.757, -1.058, 1.142, -2.529, 1.721, -3.085],
      [0.679207368026, 0.712961320022, 1.932036363172, 0.802544701249, 0.606320014259]
    ),
    (
      [
        [-0.652, -0.175, 1.664, 0.659, -1.641], [-0.005, -0.623, 0.149, -1.608, 0.242],
        [0.235, 1.576, 0.317, 0.511, -1.493], [2.253, -1.916, 1.102, -0.33, -0.881],
        [-0.656, -0.672, 0.38, -0.11, 1.483], [-1.83, -0.003, -0.892, 0.776, -2.118],
        [-0.344, 0.21, -1.484, 0.985, 0.179], [1.007, 0.959, -0.98, -0.798, -0.203],
      ], [2.603, 1.265, -0.587, 3.409, 0.048, -5.257, -3.46, -1.186],
      [0.904909303731, 0.052438849421, 2.213660428958, 0.0, 0.596268513436]
    ),
  ]

  @Test("the solutions are SciPy's", arguments: 0..<2)
  func oracle(index: Int) throws {
    let problem = Self.problems[index]
    let found = try #require(NonNegativeLeastSquares.solve(problem.rows, problem.values))
    for (a, b) in zip(found, problem.solution) { #expect(abs(a - b) < 1e-9) }
  }

  @Test("no column is needed that says the same as others, and none of zeros")
  func dependent() throws {
    let rows = (1...6).map { [Double($0), Double($0) * 2, 0, Double($0 * $0)] }
    let values = rows.map { 3 * $0[0] + 0.5 * $0[3] }
    let found = try #require(NonNegativeLeastSquares.solve(rows, values))
    #expect(found[2] == 0 && found.allSatisfy { $0 >= 0 })
    for (row, value) in zip(rows, values) {
      #expect(abs(zip(row, found).reduce(0) { $0 + $1.0 * $1.1 } - value) < 1e-9 * value)
    }
  }

  @Test("what would be negative is zero, and the rest is fitted without it")
  func negative() throws {
    let found = try #require(NonNegativeLeastSquares.solve([[1, 1], [1, 2], [1, 3]], [3, 2, 1]))
    #expect(found[1] == 0 && abs(found[0] - 2) < 1e-12)
    #expect(NonNegativeLeastSquares.solve([[1, .infinity]], [1]) == nil)
    #expect(NonNegativeLeastSquares.solve([], []) == [])
  }
}
