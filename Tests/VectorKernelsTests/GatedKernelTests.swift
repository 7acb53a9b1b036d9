#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import CCLIPKernelClones
import Testing

/// Gates and rotations against their formulas in double precision, in every instruction set that this processor has.
@Suite("Kernels of gates and rotary positions")
struct GatedKernelTests {
  @Test("a gate forwards and backwards")
  func gates() {
    Clones.each { kernels, rows, columns, what in
      let count = rows * columns
      var numbers = Numbers(seed: rows * 100 + columns)
      let gate = numbers.list(count, times: 5), sum = numbers.list(count, times: 3), upstream = numbers.list(count)
      let gateBias = numbers.list(columns), bias = numbers.list(columns), before = numbers.list(columns)
      let g = gate.indices.map { Double(gate[$0]) + Double(gateBias[$0 % columns]) }
      let x = sum.indices.map { Double(sum[$0]) + Double(bias[$0 % columns]) }
      let s = g.map { 1 / (1 + exp(-$0)) }
      let expected = g.indices.map { g[$0] * s[$0] * x[$0] }
      var hidden = [Float](repeating: .nan, count: count)
      kernels.vk_swiglu!(gate, gateBias, sum, bias, &hidden, rows, columns)
      expectClose(hidden, expected, within: elementTolerance, what)

      var gradient = upstream, dGate = [Float](repeating: .nan, count: count), again = dGate
      var dGateBias = before, dBias = before
      kernels.gk_swiglu!(
        gate, gateBias, sum, bias, &gradient, &dGate, &again, &dGateBias, &dBias, rows, columns)
      expectClose(again, expected, within: elementTolerance, what)
      let dSum = g.indices.map { Double(upstream[$0]) * g[$0] * s[$0] }
      let open = g.indices.map { Double(upstream[$0]) * x[$0] * s[$0] * (1 + g[$0] * (1 - s[$0])) }
      expectClose(gradient, dSum, within: elementTolerance, what)
      expectClose(dGate, open, within: elementTolerance, what)
      for (sums, parts) in [(dBias, dSum), (dGateBias, open)] {
        let columnSums = (0..<columns).map { column in
          Double(before[column]) + (0..<rows).reduce(0) { $0 + parts[$1 * columns + column] }
        }
        expectClose(sums, columnSums, within: sumTolerance, what)
      }
    }
  }

  @Test("pairs of channels are turned, and back again")
  func rotations() {
    for (name, kernels) in Clones.all {
      for (heads, width) in [(1, 2), (3, 8), (2, 34)] {
        var numbers = Numbers(seed: heads * 100 + width)
        let x = numbers.list(heads * width), bias = numbers.list(heads * width)
        let angles = numbers.list(width / 2, times: 3).map(Double.init)
        let cosine = angles.map { Float(cos($0)) }, sine = angles.map { Float(sin($0)) }
        let zeros = [Float](repeating: 0, count: heads * width), sum = zip(x, bias).map { Double($0) + Double($1) }
        var expected = sum
        for first in stride(from: 0, to: sum.count, by: 2) {
          let angle = angles[first % width / 2]
          expected[first] = sum[first] * cos(angle) - sum[first + 1] * sin(angle)
          expected[first + 1] = sum[first + 1] * cos(angle) + sum[first] * sin(angle)
        }
        var turned = x
        kernels.vk_rotate_row!(&turned, bias, cosine, sine, 1, heads, width)
        expectClose(turned, expected, within: elementTolerance, "\(name) \(heads) \(width)")
        kernels.vk_rotate_row!(&turned, zeros, cosine, sine, -1, heads, width)
        expectClose(turned, sum, within: elementTolerance, "\(name) \(heads) \(width) back")
      }
    }
  }
}
