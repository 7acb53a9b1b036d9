import CLIPCompute
import CLIPQuantization
import Testing

@Suite("8-bit grid")
struct Int8GridTests {
  private func matrix(_ values: [Float], rows: Int, columns: Int, _ body: (MatrixView) -> Void) {
    var values = values
    values.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { body(MatrixView(start, rows: rows, columns: columns)) }
    }
  }

  private func quantized(_ values: [Float], scale: Float) -> [Float] {
    var result: [Float] = []
    matrix(values, rows: 1, columns: values.count) { x in
      matrix(values, rows: 1, columns: values.count) { grid in
        Int8Grid.quantize(x, scale: scale, into: grid)
        result = (0..<values.count).map { grid.start[$0] }
      }
    }
    return result
  }

  @Test("rounds to the nearest, halves to even, and clamps to 127 on both sides")
  func rounding() {
    let found = quantized([0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 126.4, 127.6, 500, -500, 0, -0.0], scale: 1)
    #expect(found == [0, 2, 2, 0, -2, 0, 126, 127, 127, -127, 0, 0])
    #expect(quantized([1, -1, 0.26], scale: 0.5) == [2, -2, 1])
  }

  @Test(
    "a product is the integers' sum, bit for bit, however long", arguments: [1, 7, 127, 1039, 1040, 1041, 2080, 5000],
    [false, true])
  func exactness(terms: Int, simulates: Bool) {
    let rows = 3, columns = 4
    var random = Philox(seed: UInt64(terms), purpose: .search, index: 0)
    // The worst sums there are: all at the grid's ends, of one sign.
    for isSaturated in [false, true] {
      func value() -> Float { isSaturated ? 127 : Float(Int(random.nextWord() % 255) - 127) }
      let a = (0..<rows * terms).map { _ in value() }, b = (0..<columns * terms).map { _ in value() }
      var found: [Float] = [], transposed: [Float] = []
      let turned = (0..<terms * columns).map { b[$0 % columns * terms + $0 / columns] }
      matrix(a, rows: rows, columns: terms) { a in
        matrix([Float](repeating: 0, count: rows * columns), rows: rows, columns: columns) { c in
          matrix(b, rows: columns, columns: terms) {
            Int8Grid.multiply(a, $0, into: c, PassContext(simulates: simulates))
          }
          found = (0..<rows * columns).map { c.start[$0] }
          matrix(turned, rows: terms, columns: columns) {
            Int8Grid.multiply(a, $0, transposingB: false, into: c, PassContext(simulates: simulates))
          }
          transposed = (0..<rows * columns).map { c.start[$0] }
        }
      }
      var expected: [Float] = []
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0
          for term in 0..<terms { sum += Int(a[row * terms + term]) * Int(b[column * terms + term]) }
          expected.append(Float(sum))
        }
      }
      #expect(found == expected)
      #expect(transposed == expected)
    }
  }

  @Test("ranges: the largest magnitude, a share of them, or the least squared error")
  func clipping() {
    // 1000 magnitudes about 0.1, one of 10.
    var histogram = [Int](repeating: 0, count: 2048)
    histogram[20] = 1000
    histogram[2047] = 1
    #expect(Clipping.largest.end(largest: 10, histogram: histogram) == 10)
    let share = Clipping.percentile(0.99).end(largest: 10, histogram: histogram)
    #expect(abs(share - 21 * 10 / 2048) < 1e-6)
    // Errors computed by hand for every end that is tried.
    func error(_ end: Double) -> Double {
      let step = end / 127, small = 20.5 * 10 / 2048, large = 2047.5 * 10 / 2048
      func loss(_ value: Double) -> Double {
        value <= end ? min(step * step / 12, value * value) : (value - end) * (value - end)
      }
      return 1000 * loss(small) + loss(large)
    }
    let best = stride(from: 100, through: 5, by: -1).map { Double($0) / 10 }.min { error($0) < error($1) }
    #expect(abs(Double(Clipping.leastSquares.end(largest: 10, histogram: histogram)) - (best ?? 0)) < 1e-6)
  }
}
