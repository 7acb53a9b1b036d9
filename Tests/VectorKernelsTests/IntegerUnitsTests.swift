import CCLIPKernelClones
import Foundation
import Testing

/// What units of whole numbers give, beside the functions that they stand for; tolerances are those of I-BERT's parabolas.
@Suite("Integer units")
struct IntegerUnitsTests {
  private static let sizes = [1, 7, 17, 65]

  @Test("exponentials are whole numbers within their parabola's error, whatever a unit is worth", arguments: sizes)
  func exponentials(columns: Int) {
    for unit in [1e-7, 3e-5, 1e-3, 0.04, 0.7] {
      for most in [127, 32_767] {
        var numbers = Numbers(seed: columns)
        let rows = 3
        let scores = numbers.list(rows * columns, times: Float(min(8 / unit, 2e9))).map { $0.rounded() }
        for growth in [0, 1] {
          var grid = [Float](repeating: -1, count: rows * columns), sums = [Float](repeating: 0, count: rows)
          iu_exponentials(scores, rows, columns, growth == 1 ? 1 : columns, growth, unit, Int32(most), &grid, &sums)
          for row in 0..<rows {
            let length = min(columns, growth == 1 ? 1 + row : columns),
              own = Array(scores[row * columns..<row * columns + length])
            let found = Array(grid[row * columns..<(row + 1) * columns])
            #expect(found[length...].allSatisfy { $0 == 0 })
            #expect(sums[row] == found.reduce(0, +))
            #expect(found.max() == Float(most))
            let largest = own.max() ?? 0
            for (score, number) in zip(own, found) {
              let wanted = exp(Double(score - largest) * unit) * Double(most)
              #expect(abs(Double(number) - wanted) <= 0.5 + 0.004 * Double(most), "\(unit) \(number) \(wanted)")
              #expect(number == number.rounded())
            }
          }
        }
      }
    }
  }

  @Test("activation functions within two hundredths of what they stand for", arguments: sizes)
  func activations(columns: Int) {
    let functions: [(iu_activation, (Double) -> Double, Double)] = [
      (IU_GELU, { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }, 0.02),
      (IU_QUICK_GELU, { $0 / (1 + exp(-1.702 * $0)) }, 0.01),
      (IU_SILU, { $0 / (1 + exp(-$0)) }, 0.01),
    ]
    for (kind, function, tolerance) in functions {
      for step in [0x1p-20, 2.5e-4, 0.03] {
        var numbers = Numbers(seed: columns)
        let stride = columns + 2
        var x = numbers.list(3 * stride, times: Float(min(8, step * 32_767)))
        let before = x
        iu_activate(x, 3, columns, stride, step, kind, &x)
        for index in x.indices {
          guard index % stride < columns else {
            #expect(x[index] == before[index])
            continue
          }
          let wanted = function(Double(before[index]))
          #expect(
            abs(Double(x[index]) - wanted) <= tolerance + 2 * step, "\(step): \(before[index]) \(x[index]) \(wanted)")
        }
      }
    }
  }

  @Test(
    "norms as floats compute them, of rounded rows; rows that do not vary become the bias",
    arguments: [7, 17, 65, 1024])
  func norms(columns: Int) {
    var numbers = Numbers(seed: columns)
    let rows = 4, step = 0x1p-9
    var x = numbers.list(rows * columns, times: 30)
    for column in 0..<columns { x[column] = 5 }
    for column in columns..<2 * columns { x[column] *= 0.001 }
    let weight = numbers.list(columns), bias = numbers.list(columns)
    var y = [Float](repeating: 0, count: rows * columns)
    iu_layer_norm(x, rows, columns, step, 1e-5, weight, bias, &y)
    for row in 0..<rows {
      let values = x[row * columns..<(row + 1) * columns].map { (Double($0) / step).rounded(.toNearestOrEven) * step }
      let mean = values.reduce(0, +) / Double(columns)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
      for column in 0..<columns {
        let wanted =
          (values[column] - mean) / (variance + 1e-5).squareRoot() * Double(weight[column]) + Double(bias[column])
        #expect(abs(Double(y[row * columns + column]) - wanted) < (row == 1 ? 0.03 : 0.002), "\(row) \(column)")
      }
    }
  }

  @Test("the stream stays multiples of its step within 16 bits, and sums of them are exact")
  func stream() {
    var numbers = Numbers(seed: 3)
    let step: Float = 0x1p-8
    var x = numbers.list(65, times: 100)
    x[0] = 1e9
    x[1] = -1e9
    x[2] = .nan
    iu_round_stream(&x, nil, 65, step)
    #expect(x.allSatisfy { ($0 / step).rounded() == $0 / step && abs($0) <= 32_767 * step })
    #expect(x[0] == 32_767 * step && x[1] == -32_767 * step)
    let before = x, added = numbers.list(65, times: 100)
    iu_round_stream(&x, added, 65, step)
    for index in 3..<65 {
      let wanted = Double(before[index]) + (Double(added[index] / step)).rounded(.toNearestOrEven) * Double(step)
      #expect(Double(x[index]) == min(max(wanted, Double(-32_767 * step)), Double(32_767 * step)))
    }
  }

  @Test("a coarse grid's step is the best of those tried, and not the largest number's where that is alone")
  func bestStep() {
    var values: [Float] = (0..<64).map { Float($0 % 7 - 3) * 0.1 }
    values[5] = 1
    for most in [Float(1), 7] {
      func error(_ step: Float) -> Float {
        values.reduce(0) { sum, value in
          let number = min(max((value / step).rounded(.toNearestOrEven), -most), most)
          return sum + (value - number * step) * (value - number * step)
        }
      }
      let found = iu_best_step(values, values.count, 1, most)
      let tried = stride(from: Float(100), through: 30, by: -2).map { $0 / 100 / most }
      let least = tried.map(error).min() ?? 0
      #expect(error(found) <= least * 1.0001)
      if most == 1 { #expect(found < 0.6) }
    }
  }
}
