import CLIPCompute
import CLIPTensors
import Testing

@Suite("Products of tensors")
struct MatrixProductTests {
  private static func numbers(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float(($0 &* 37 &+ seed) % 19) - 9 }
  }

  /// Whole numbers, so that sums are exact in any order.
  @Test("each element is the sum of products, also over several cuts", arguments: [1, 7, 17, 65, 600])
  func plain(rows: Int) throws {
    let pool = ThreadPool(threads: 2), inner = 17, columns = 7
    let a = Self.numbers(rows * inner, seed: 1), b = Self.numbers(inner * columns, seed: 5)
    var expected = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        for k in 0..<inner { expected[row * columns + column] += a[row * inner + k] * b[k * columns + column] }
      }
    }
    let left = Tensor(a, [rows, inner]), right = Tensor(b, [inner, columns])
    #expect(try left.matrixProduct(right, on: pool).elements == expected)
    var turned = [Float](repeating: 0, count: b.count)
    for k in 0..<inner { for column in 0..<columns { turned[column * inner + k] = b[k * columns + column] } }
    #expect(try left.matrixProduct(Tensor(turned, [columns, inner]), transposed: true, on: pool).elements == expected)
  }

  @Test("shapes that do not fit are refused")
  func refused() {
    let pool = ThreadPool(threads: 1)
    for (left, right) in [([2, 3], [2, 3]), ([6], [6, 1]), ([2, 3], [3])] as [(Shape, Shape)] {
      #expect(throws: ShapeError.self) { try Tensor(zeros: left).matrixProduct(Tensor(zeros: right), on: pool) }
    }
  }
}
