import CLIPCompute
import Testing

@Suite("Matrix products")
struct MatrixMultiplyTests {
  /// The definition, in double precision.
  private static func reference(
    _ a: [Float], _ transposingA: Bool, _ b: [Float], _ transposingB: Bool, _ c: [Float], m: Int, n: Int, k: Int,
    alpha: Double, beta: Double
  ) -> [Double] {
    (0..<m * n).map { index in
      let row = index / n, column = index % n
      let sum = (0..<k).reduce(0.0) { total, inner in
        let left = transposingA ? a[inner * m + row] : a[row * k + inner]
        let right = transposingB ? b[column * k + inner] : b[inner * n + column]
        return total + Double(left) * Double(right)
      }
      return alpha * sum + beta * Double(c[index])
    }
  }

  @Test(
    "products equal the definition, transposed or not",
    arguments: [(1, 1, 1), (1, 7, 17), (17, 65, 7), (65, 48, 65), (7, 1, 65), (33, 96, 129)], [0, 1, 2, 3])
  func definition(size: (Int, Int, Int), transposes: Int) {
    let (m, n, k) = size
    let transposingA = transposes & 1 != 0, transposingB = transposes & 2 != 0
    var random = Philox(seed: UInt64(m * n * k), purpose: .test)
    var a = (0..<m * k).map { _ in random.normal() }, b = (0..<k * n).map { _ in random.normal() }
    var c = (0..<m * n).map { _ in random.normal() }
    for (alpha, beta) in [(Float(1), Float(0)), (0.5, 1), (2, -1)] {
      let expected = Self.reference(
        a, transposingA, b, transposingB, c, m: m, n: n, k: k, alpha: Double(alpha), beta: Double(beta))
      a.withUnsafeMutableBufferPointer { a in
        b.withUnsafeMutableBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
            multiply(
              MatrixView(a, rows: transposingA ? k : m, columns: transposingA ? m : k), transposingA: transposingA,
              MatrixView(b, rows: transposingB ? n : k, columns: transposingB ? k : n), transposingB: transposingB,
              into: MatrixView(c, rows: m, columns: n), alpha: alpha, beta: beta)
          }
        }
      }
      // Rounding of a float sum of k unit-variance terms.
      let tolerance = 4e-7 * Double(k).squareRoot() * 8 + 1e-6
      for (ours, theirs) in zip(c, expected) { #expect(abs(Double(ours) - theirs) < tolerance * max(1, abs(theirs))) }
    }
  }

  @Test("rows that lie apart are read and written in place")
  func strides() {
    var a: [Float] = [1, 2, 99, 3, 4, 99], b: [Float] = [1, 0, 0, 1], c = [Float](repeating: -1, count: 8)
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          multiply(
            MatrixView(a, rows: 2, columns: 2, stride: 3), MatrixView(b, rows: 2, columns: 2),
            into: MatrixView(c, rows: 2, columns: 2, stride: 4))
        }
      }
    }
    #expect(c == [1, 2, -1, -1, 3, 4, -1, -1])
  }
}
