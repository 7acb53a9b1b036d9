import CCLIPKernelClones
import Testing

@Suite("Rows of whole numbers")
struct Int8RowsTests {
  /// The definition: Swift's own rounding.
  private static func rounded(_ x: Float, _ inverse: Float, _ most: Float) -> Float {
    let value = x * inverse
    return value.isNaN ? -most : min(max(value.rounded(.toNearestOrEven), -most), most)
  }

  /// Halves, ends and what is not a number among ordinary numbers.
  private static func values(_ count: Int, seed: Int) -> [Float] {
    var numbers = Numbers(seed: seed)
    var values = numbers.list(count, times: 200)
    let special: [Float] = [0.5, 1.5, -2.5, 126.5, -127.5, 1e30, -.infinity, .infinity, .nan, -0.0]
    for (index, value) in special.enumerated() where index * 3 < count { values[index * 3] = value }
    return values
  }

  @Test("rounding to a grid and to bytes, with one inverse and with one a column, to the bit")
  func rounding() {
    Clones.each { kernels, rows, columns, what in
      let x = Self.values(rows * columns, seed: rows * 100 + columns), stride = columns + 3
      var numbers = Numbers(seed: 4)
      let inverses = (0..<columns).map { _ in numbers.next() + 1.5 }
      for each in [false, true] {
        for most in [Float(1), 7, 127, 32_767] {
          let expected = x.indices.map { Self.rounded(x[$0], each ? inverses[$0 % columns] : 0.5, most) }
          var grid = [Float](repeating: 99, count: rows * stride)
          kernels.vk_round_to_grid(x, columns, rows, columns, 0.5, each ? inverses : nil, most, &grid, stride)
          let found = x.indices.map { grid[$0 / columns * stride + $0 % columns] }
          #expect(found == expected, what)
          guard most <= 127 else { continue }
          var bytes = [UInt8](repeating: 77, count: rows * stride)
          kernels.vk_round_to_bytes(x, columns, rows, columns, 0.5, each ? inverses : nil, most, &bytes, stride)
          let numbers = x.indices.map { Float(bytes[$0 / columns * stride + $0 % columns]) - 128 }
          #expect(numbers == expected, what)
          #expect((0..<rows).allSatisfy { bytes[$0 * stride + columns] == 77 }, what)
        }
      }
    }
  }

  @Test("rows in steps of their largest, and what they add up to; rows of zeros too")
  func ownSteps() {
    Clones.each { kernels, rows, columns, what in
      var numbers = Numbers(seed: rows + columns)
      var x = numbers.list(rows * columns).map { abs($0) / 65 }
      for column in 0..<columns { x[column] = 0 }
      for most in [Float(127), 32_767] {
        let expected = (0..<rows).flatMap { row -> [Float] in
          let values = x[row * columns..<(row + 1) * columns]
          let inverse = 1 / (max(values.max() ?? 0, 0x1p-100) / most)
          return values.map { Self.rounded($0, inverse, most) }
        }
        var grid = [Float](repeating: 0, count: rows * columns), sums = [Float](repeating: 0, count: rows)
        kernels.vk_round_rows_to_grid(x, rows, columns, most, &grid, &sums)
        #expect(grid == expected, what)
        let expectedSums = (0..<rows).map { row in expected[row * columns..<(row + 1) * columns].reduce(0, +) }
        #expect(sums == expectedSums, what)
        guard most == 127 else { continue }
        var bytes = [UInt8](repeating: 0, count: rows * columns)
        kernels.vk_round_rows_to_bytes(x, rows, columns, &bytes, columns, &sums)
        #expect(bytes.map { Float($0) } == expected && sums == expectedSums, what)
      }
    }
  }

  @Test("sums become floats by one multiplication and one addition a step, never fused")
  func finishing() {
    Clones.each { kernels, rows, columns, what in
      var numbers = Numbers(seed: rows * 7 + columns)
      let sums = numbers.list(rows * columns, times: 1e6).map { $0.rounded() }
      let factors = numbers.list(columns), steps = numbers.list(rows), bias = numbers.list(columns, times: 1e5)
      let before = numbers.list(rows * columns, times: 1e5)
      for parts in 0..<16 {
        let expected = sums.indices.map { index -> Float in
          var value = sums[index]
          if parts & 1 != 0 { value *= factors[index % columns] }
          if parts & 2 != 0 { value *= steps[index / columns] }
          if parts & 4 != 0 { value += bias[index % columns] }
          return parts & 8 != 0 ? before[index] + value : value
        }
        var y = before
        kernels.vk_finish_sums(
          sums, columns, rows, columns, parts & 1 != 0 ? factors : nil, parts & 2 != 0 ? steps : nil,
          parts & 4 != 0 ? bias : nil, parts & 8 != 0 ? 1 : 0, &y, columns)
        #expect(y.map(\.bitPattern) == expected.map(\.bitPattern), what)
      }
    }
  }

  @Test("numbers of 16 bits in two of 8, and sums of their products together")
  func words() {
    Clones.each { kernels, rows, columns, what in
      var numbers = Numbers(seed: rows + 7 * columns)
      var x = numbers.list(rows * (columns + 1), times: 32_767).map { $0.rounded() }
      x[0] = columns % 2 == 0 ? 32_767 : -32_767
      var high = [Float](repeating: 0, count: rows * columns), low = high
      kernels.vk_split_words(x, columns + 1, rows, columns, &high, &low)
      let whole = high.indices.map { x[$0 / columns * (columns + 1) + $0 % columns] }
      #expect(zip(high, low).map { 256 * $0 + $1 + 128 } == whole, what)
      #expect((high + low).allSatisfy { (-128...127).contains($0) && $0 == $0.rounded() }, what)
      let sums = numbers.list(rows * columns, times: 8_300_000).map { $0.rounded() }
      let others = numbers.list(rows * columns, times: 8_300_000).map { $0.rounded() }
      let offsets = numbers.list(columns, times: 8_300_000).map { $0.rounded() }
      let expected = sums.indices.map { Float(256 * Int(sums[$0]) + Int(others[$0]) + Int(offsets[$0 % columns])) }
      var found = sums
      kernels.vk_join_sums(&found, others, offsets, rows, columns)
      #expect(found == expected, what)
    }
  }
}
