#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import CCLIPKernelClones
import Testing

/// The loops of inference against their formulas in double precision, in every instruction set that this processor has.
@Suite("Inference kernels")
struct InferenceKernelTests {
  @Test("the exponential is within two units in the last place, and has ends")
  func exponential() {
    for (name, kernels) in Clones.all {
      for count in Clones.columns {
        var numbers = Numbers(seed: count)
        let x = numbers.list(count, times: 87)
        var y = x
        kernels.vk_exp_all(&y, count)
        for (x, y) in zip(x, y) {
          let exact = exp(Double(x))
          #expect(abs(Double(y) - exact) <= 2 * Double(Float(exact).ulp), "\(name): e^\(x) = \(y)")
        }
      }
      var grid = stride(from: Float(-86.9), through: 87.9, by: 0.0137).map { $0 }
      let x = grid
      kernels.vk_exp_all(&grid, grid.count)
      let worst = zip(x, grid).map { abs(Double($1) - exp(Double($0))) / Double(Float(exp(Double($0))).ulp) }.max()
      #expect((worst ?? .infinity) <= 2, "\(name): \(worst ?? 0) units in the last place")
      var ends: [Float] = [-1000, -87, 88, 1000, 0]
      kernels.vk_exp_all(&ends, ends.count)
      #expect(ends[0] == ends[1] && ends[0] > 0 && ends[2] == ends[3] && ends[3].isFinite && ends[4] == 1)
    }
  }

  private static func gelu(_ x: Double) -> Double { 0.5 * x * erfc(-x / 2.0.squareRoot()) }
  private static func tanhGELU(_ x: Double) -> Double {
    0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }
  private static func quickGELU(_ x: Double) -> Double { x / (1 + exp(-1.702 * x)) }

  @Test("GELU, its approximations and QuickGELU with their bias, in rows that lie apart")
  func activations() {
    Clones.each { kernels, rows, columns, what in
      let stride = columns + 3
      var numbers = Numbers(seed: rows * 100 + columns)
      let x = numbers.list(rows * stride, times: 6), bias = numbers.list(columns)
      func expected(_ function: (Double) -> Double) -> [Double] {
        x.indices.map { index in
          let column = index % stride
          return column < columns ? function(Double(x[index]) + Double(bias[column])) : Double(x[index])
        }
      }
      var y = x
      kernels.vk_bias_gelu(&y, bias, rows, columns, stride)
      expectClose(y, expected(Self.gelu), within: elementTolerance, what)
      y = x
      kernels.vk_bias_quick_gelu(&y, bias, rows, columns, stride)
      expectClose(y, expected(Self.quickGELU), within: elementTolerance, what)
      y = x
      kernels.vk_bias_gelu_tanh(&y, bias, rows, columns, stride)
      expectClose(y, expected(Self.tanhGELU), within: elementTolerance, what)
    }
  }

  @Test("layer norm, also after an addition, and rows of unit length")
  func norms() {
    Clones.each { kernels, rows, columns, what in
      var numbers = Numbers(seed: rows * 100 + columns)
      let x = numbers.list(rows * columns, times: 3), added = numbers.list(columns), weight = numbers.list(columns)
      let bias = numbers.list(columns)
      func normalized(_ x: [Double]) -> [Double] {
        (0..<rows).flatMap { row in
          let values = x[row * columns..<(row + 1) * columns]
          let mean = values.reduce(0, +) / Double(columns)
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
          return values.enumerated().map { column, value in
            (value - mean) / (variance + 1e-5).squareRoot() * Double(weight[column]) + Double(bias[column])
          }
        }
      }
      var y = [Float](repeating: .nan, count: rows * columns)
      kernels.vk_layer_norm(x, weight, bias, &y, rows, columns, 1e-5)
      // One column: variance is 0 and rounding is multiplied by 1 / sqrt(1e-5).
      let tolerance = columns == 1 ? 1e-4 : 2e-5
      expectClose(y, normalized(x.map(Double.init)), within: tolerance, what)

      var stream = x
      kernels.vk_add_bias_layer_norm(&stream, added, weight, bias, &y, rows, columns, 1e-5)
      let sum = x.indices.map { Double(x[$0] + added[$0 % columns]) }
      expectClose(stream, sum, within: 1e-7, what)
      expectClose(y, normalized(sum), within: tolerance, what)

      var unit = x
      kernels.vk_normalize_rows(&unit, rows, columns, 1e-12)
      let lengths = (0..<rows).map { row in
        x[row * columns..<(row + 1) * columns].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      }
      expectClose(unit, x.indices.map { Double(x[$0]) / lengths[$0 / columns] }, within: sumTolerance, what)
      var zeros = [Float](repeating: 0, count: rows * columns)
      kernels.vk_normalize_rows(&zeros, rows, columns, 1e-12)
      #expect(zeros.allSatisfy { $0 == 0 }, what)
    }
  }

  @Test("rows and columns packed for attention")
  func packing() {
    Clones.each { kernels, rows, columns, what in
      let stride = columns + 5
      var numbers = Numbers(seed: rows * 100 + columns)
      let x = numbers.list(rows * stride), bias = numbers.list(columns)
      var y = [Float](repeating: .nan, count: rows * columns)
      kernels.vk_bias_scale_copy(x, stride, bias, 0.25, &y, rows, columns)
      let copied = y.indices.map { (Double(x[$0 / columns * stride + $0 % columns]) + Double(bias[$0 % columns])) / 4 }
      expectClose(y, copied, within: 2e-7, what)
      kernels.vk_bias_transpose(x, stride, bias, &y, rows, columns)
      for (index, value) in y.enumerated() {
        let column = index / rows, row = index % rows
        #expect(value == x[row * stride + column] + bias[column], what)
      }
    }
  }

  @Test("softmax, plain and under a causal mask")
  func softmax() {
    Clones.each { kernels, rows, columns, what in
      for growth in [0, 1] {
        var numbers = Numbers(seed: rows * 100 + columns)
        var x = numbers.list(rows * columns, times: 20)
        let first = growth == 0 ? columns : 1
        let expected = (0..<rows).flatMap { row -> [Double] in
          let length = min(columns, first + row * growth)
          let values = x[row * columns..<row * columns + length].map(Double.init), largest = values.max() ?? 0
          let powers = values.map { exp($0 - largest) }, total = powers.reduce(0, +)
          return powers.map { $0 / total } + [Double](repeating: 0, count: columns - length)
        }
        kernels.vk_softmax_rows(&x, rows, columns, first, growth)
        expectClose(x, expected, within: sumTolerance, what)
      }
    }
  }

  @Test("additions, means and the check for finite numbers")
  func rows() {
    Clones.each { kernels, rows, columns, what in
      let stride = columns + 2, count = rows * columns
      var numbers = Numbers(seed: rows * 100 + columns)
      let bias = numbers.list(columns), scale = numbers.list(columns), x = numbers.list(count), y = numbers.list(count)
      let apart = numbers.list(rows * stride)
      var result = apart
      kernels.vk_add_bias(&result, bias, rows, columns, stride)
      for index in result.indices {
        let column = index % stride
        #expect(result[index] == (column < columns ? apart[index] + bias[column] : apart[index]), what)
      }
      result = x
      kernels.vk_add(&result, y, count)
      #expect(result == zip(x, y).map(+), what)
      kernels.vk_sum_rows(x, y, &result, count)
      #expect(result == zip(x, y).map(+), what)
      result = x
      kernels.vk_bias_scale_add(&result, y, bias, scale, rows, columns)
      let scaled = x.indices.map { index in
        Double(x[index]) + (Double(y[index]) + Double(bias[index % columns])) * Double(scale[index % columns])
      }
      expectClose(result, scaled, within: 3e-7, what)
      var mean = [Float](repeating: .nan, count: columns)
      kernels.vk_mean_rows(x, &mean, rows, columns)
      let means = (0..<columns).map { column in
        (0..<rows).reduce(0) { $0 + Double(x[$1 * columns + column]) } / Double(rows)
      }
      expectClose(mean, means, within: sumTolerance, what)

      #expect(kernels.vk_all_finite(x, count) == 1, what)
      for wrong in [Float.nan, .infinity, -.infinity] {
        var damaged = x
        damaged[count - 1] = wrong
        #expect(kernels.vk_all_finite(damaged, count) == 0, what)
      }
      #expect(kernels.vk_all_finite([.greatestFiniteMagnitude, -.leastNonzeroMagnitude], 2) == 1, what)
    }
  }
}
