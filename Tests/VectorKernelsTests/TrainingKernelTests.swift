#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import CCLIPKernelClones
import Testing

/// The loops of training against their formulas in double precision, in every instruction set that this processor has.
/// Derivatives are held against central differences where `TensorsTests` runs whole operators; here each stands
/// against its closed form.
@Suite("Training kernels")
struct TrainingKernelTests {
  private static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
  private static func gelu(_ x: Double) -> Double { x * normal(x) }
  private static func geluSlope(_ x: Double) -> Double {
    normal(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  }
  private static func tanhShare(_ x: Double) -> Double {
    0.5 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }
  private static func tanhSlope(_ x: Double) -> Double {
    let s = tanhShare(x)
    return s + x * 2 * s * (1 - s) * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
  }
  private static func quick(_ x: Double) -> Double { x / (1 + exp(-1.702 * x)) }
  private static func quickSlope(_ x: Double) -> Double {
    let s = 1 / (1 + exp(-1.702 * x))
    return s * (1 + 1.702 * x * (1 - s))
  }

  @Test("activations forwards and backwards")
  func activations() {
    Clones.each { kernels, rows, columns, what in
      let count = rows * columns
      var numbers = Numbers(seed: rows * 100 + columns)
      let sum = numbers.list(count, times: 5), bias = numbers.list(columns), upstream = numbers.list(count)
      let before = numbers.list(columns)
      let x = sum.indices.map { Double(sum[$0]) + Double(bias[$0 % columns]) }
      let tanhGELU: (Double) -> Double = { $0 * Self.tanhShare($0) }
      let functions = [(Self.gelu, Self.geluSlope), (tanhGELU, Self.tanhSlope), (Self.quick, Self.quickSlope)]
      let forwards = [kernels.tk_gelu, kernels.tk_gelu_tanh, kernels.tk_quick_gelu]
      let backwards = [kernels.tk_gelu_backward, kernels.tk_gelu_tanh_backward, kernels.tk_quick_gelu_backward]
      for (kind, (function, slope)) in functions.enumerated() {
        var hidden = [Float](repeating: .nan, count: count)
        forwards[kind]!(sum, bias, &hidden, rows, columns)
        expectClose(hidden, x.map(function), within: elementTolerance, what)

        var gradient = upstream, again = [Float](repeating: .nan, count: count), sums = before
        backwards[kind]!(sum, bias, &gradient, &again, &sums, rows, columns)
        let expected = x.indices.map { Double(upstream[$0]) * slope(x[$0]) }
        #expect(zip(again, hidden).allSatisfy { abs($0 - $1) <= abs($1) * 1e-6 + 1e-7 }, what)
        expectClose(gradient, expected, within: elementTolerance, what)
        let columnSums = (0..<columns).map { column in
          Double(before[column]) + (0..<rows).reduce(0) { $0 + expected[$1 * columns + column] }
        }
        expectClose(sums, columnSums, within: sumTolerance, what)
      }
    }
  }

  @Test("the gradients of norms and softmax")
  func norms() {
    Clones.each { kernels, rows, columns, what in
      let count = rows * columns
      var numbers = Numbers(seed: rows * 100 + columns)
      let x = numbers.list(count, times: 2), dy = numbers.list(count), residual = numbers.list(count)
      let weight = numbers.list(columns), startWeight = numbers.list(columns), startBias = numbers.list(columns)
      var dweight = startWeight.map(Double.init), dbias = startBias.map(Double.init)
      var dx: [Double] = [], unit: [Double] = []
      for row in 0..<rows {
        let values = (0..<columns).map { Double(x[row * columns + $0]) }
        let upstream = (0..<columns).map { Double(dy[row * columns + $0]) }
        let mean = values.reduce(0, +) / Double(columns)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
        let scale = 1 / (variance + 1e-5).squareRoot()
        let normalized = values.map { ($0 - mean) * scale }
        let scaled = (0..<columns).map { upstream[$0] * Double(weight[$0]) }
        let average = scaled.reduce(0, +) / Double(columns)
        let along = zip(scaled, normalized).reduce(0) { $0 + $1.0 * $1.1 } / Double(columns)
        for column in 0..<columns {
          dweight[column] += upstream[column] * normalized[column]
          dbias[column] += upstream[column]
          dx.append(scale * (scaled[column] - average - normalized[column] * along))
        }
        let square = values.reduce(0) { $0 + $1 * $1 }, norm = square.squareRoot()
        let projection = zip(values, upstream).reduce(0) { $0 + $1.0 * $1.1 } / square
        unit += (0..<columns).map { (upstream[$0] - projection * values[$0]) / norm }
      }
      // One column: the gradient is zero, and what is left of rounding is multiplied by 1 / sqrt(1e-5).
      let tolerance = columns == 1 ? 2e-3 : 5e-5
      for isAdded in [false, true] {
        var ours = [Float](repeating: .nan, count: count), oursWeight = startWeight, oursBias = startBias
        kernels.gk_layer_norm(
          x, weight, dy, isAdded ? residual : nil, &ours, &oursWeight, &oursBias, rows, columns, 1e-5)
        let expected = dx.indices.map { dx[$0] + (isAdded ? Double(residual[$0]) : 0) }
        if columns > 1 || isAdded { expectClose(ours, expected, within: tolerance, what) }
        expectClose(oursWeight, dweight, within: tolerance, what)
        expectClose(oursBias, dbias, within: sumTolerance, what)
      }
      if columns > 1 {
        var ours = [Float](repeating: .nan, count: count)
        kernels.gk_normalize_rows(x, dy, &ours, rows, columns, 1e-12)
        expectClose(ours, unit, within: 2e-5, what)
      }

      var share = x
      kernels.vk_softmax_rows(&share, rows, columns, columns, 0)
      var gradient = dy
      kernels.gk_softmax_rows(share, &gradient, rows, columns)
      let expected = share.indices.map { index -> Double in
        let row = index / columns * columns
        let mean = (0..<columns).reduce(0) { $0 + Double(share[row + $1]) * Double(dy[row + $1]) }
        return Double(share[index]) * (Double(dy[index]) - mean)
      }
      expectClose(gradient, expected, within: columns == 1 ? 1 : 1e-5, what)
    }
  }

  @Test("residuals, column sums and scales")
  func residuals() {
    Clones.each { kernels, rows, columns, what in
      let count = rows * columns, stride = columns + 4
      var numbers = Numbers(seed: rows * 100 + columns)
      let x = numbers.list(count), y = numbers.list(count), bias = numbers.list(columns), scale = numbers.list(columns)
      let apart = numbers.list(rows * stride)
      func each(_ formula: (_ x: Double, _ y: Double, _ bias: Double, _ scale: Double) -> Double) -> [Double] {
        x.indices.map { formula(Double(x[$0]), Double(y[$0]), Double(bias[$0 % columns]), Double(scale[$0 % columns])) }
      }
      var result = y
      kernels.tk_add_residual(&result, x, bias, rows, columns)
      expectClose(result, each { x, y, bias, _ in y + x + bias }, within: 3e-7, what)
      result = y
      kernels.tk_add_scaled_residual(&result, x, bias, scale, rows, columns)
      expectClose(result, each { x, y, bias, scale in x + scale * (y + bias) }, within: 3e-7, what)
      result = y
      kernels.tk_scale_columns(&result, scale, rows, columns)
      expectClose(result, each { _, y, _, scale in y * scale }, within: 2e-7, what)
      var sums = bias
      kernels.gk_add_column_sums(apart, stride, &sums, rows, columns)
      let expected = (0..<columns).map { column in
        Double(bias[column]) + (0..<rows).reduce(0) { $0 + Double(apart[$1 * stride + column]) }
      }
      expectClose(sums, expected, within: sumTolerance, what)
    }
  }

  @Test("sums in double precision")
  func sums() {
    for (name, kernels) in Clones.all {
      for count in Clones.columns + [1000] {
        var numbers = Numbers(seed: count)
        let a = numbers.list(count, times: 1e3), b = numbers.list(count)
        let dot = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let squares = a.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(kernels.tk_dot(a, b, count) - dot) <= 1e-12 * squares.squareRoot() * 32, "\(name) \(count)")
        #expect(abs(kernels.tk_sum_squares(a, count) - squares) <= 1e-13 * squares * 10, "\(name) \(count)")
      }
    }
  }

  @Test("three steps of AdamW, as arXiv:1711.05101 writes them")
  func adamW() {
    for (name, kernels) in Clones.all {
      for count in Clones.columns {
        var numbers = Numbers(seed: count)
        var w = numbers.list(count), m = [Float](repeating: 0, count: count), v = m
        var exactW = w.map(Double.init), exactM = m.map(Double.init), exactV = exactM
        for step in 1...3 {
          let gradient = numbers.list(count)
          let settings = tk_adamw_step(
            rate: 1e-2, beta1: 0.9, beta2: 0.98, epsilon: 1e-6, decay: 0.2, correction1: 1 - pow(0.9, Double(step)),
            correction2: 1 - pow(0.98, Double(step)), factor: 0.5)
          kernels.tk_adamw(&w, gradient, &m, &v, count, settings)
          for index in 0..<count {
            let g = Double(gradient[index]) * 0.5
            exactM[index] = 0.9 * exactM[index] + 0.1 * g
            exactV[index] = 0.98 * exactV[index] + 0.02 * g * g
            let first = exactM[index] / (1 - pow(0.9, Double(step)))
            let second = exactV[index] / (1 - pow(0.98, Double(step)))
            exactW[index] = exactW[index] * (1 - 1e-2 * 0.2) - 1e-2 * first / (second.squareRoot() + 1e-6)
          }
        }
        expectClose(w, exactW, within: 2e-6, "\(name) \(count)")
        expectClose(m, exactM, within: 2e-6, "\(name) \(count)")
        expectClose(v, exactV, within: 4e-6, "\(name) \(count)")
      }
    }
  }

  @Test("three steps of Lion, as arXiv:2302.06675 writes them")
  func lion() {
    for (name, kernels) in Clones.all {
      for count in Clones.columns {
        var numbers = Numbers(seed: count)
        var w = numbers.list(count), m = [Float](repeating: 0, count: count)
        var exactW = w.map(Double.init), exactM = m.map(Double.init)
        for _ in 1...3 {
          var gradient = numbers.list(count)
          // No direction is no step.
          gradient[0] = 0
          kernels.tk_lion(
            &w, gradient, &m, count, tk_lion_step(rate: 1e-2, beta1: 0.9, beta2: 0.99, decay: 0.2, factor: 0.5))
          for index in 0..<count {
            let g = Double(gradient[index]) * 0.5, mixed = 0.9 * exactM[index] + 0.1 * g
            exactW[index] = exactW[index] * (1 - 1e-2 * 0.2) - 1e-2 * (mixed > 0 ? 1 : mixed < 0 ? -1 : 0)
            exactM[index] = 0.99 * exactM[index] + 0.01 * g
          }
        }
        expectClose(w, exactW, within: 2e-6, "\(name) \(count)")
        expectClose(m, exactM, within: 2e-6, "\(name) \(count)")
      }
    }
  }
}
