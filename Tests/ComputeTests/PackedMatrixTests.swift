import CCLIPVectorKernels
import CLIPCompute
import Testing

@Suite("Products of packed and of small operands")
struct PackedMatrixTests {
  static let sizes = [
    (1, 1, 1), (1, 7, 17), (7, 17, 65), (17, 65, 7), (65, 48, 65), (33, 129, 96), (13, 200, 1), (5, 96, 1100),
    (3, 70, 0),
  ]

  /// Values with rows that lie apart.
  private struct Operand {
    var values: [Float]
    let stride: Int

    init(_ rows: Int, _ columns: Int, _ seed: UInt64, apart: Int) {
      stride = columns + apart
      var random = Philox(seed: seed, purpose: .test)
      values = (0..<max(1, rows * stride)).map { _ in random.normal() }
    }
  }

  /// 64-byte aligned memory that is not initialised.
  private static func aligned<Element, Result>(
    _ count: Int, _: Element.Type, _ body: (UnsafeMutablePointer<Element>) -> Result
  ) -> Result {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, count * MemoryLayout<Element>.stride), alignment: 64)
    defer { memory.deallocate() }
    return body(memory.assumingMemoryBound(to: Element.self))
  }

  private static func packed(
    _ size: (Int, Int, Int), _ a: Operand, _ b: Operand, transposingB: Bool, _ c: Operand, first: Int, count: Int,
    beta: Float, way: Int32
  ) -> [Float] {
    let (m, n, k) = size
    var result = c.values
    aligned(vk_float_packed_count(k, n), Float.self) { memory in
      vk_float_pack(k, n, b.values, b.stride, transposingB ? 1 : 0, memory, way)
      result.withUnsafeMutableBufferPointer { result in
        guard let start = result.baseAddress else { return }
        vk_float_multiply_packed(
          m, n, k, a.values, a.stride, memory, first, count, beta, start + first, c.stride, way)
      }
    }
    return result
  }

  private static func isClose(_ found: Float, _ expected: Double, terms: Int) -> Bool {
    abs(Double(found) - expected) < 3e-6 * Double(max(terms, 1)).squareRoot() * max(1, abs(expected))
  }

  /// The definition, the processor's best way and AVX2's, as far as it has the instructions.
  private static var ways: [Int32] { vk_processor_multiplies_floats() != 0 ? [1, 0, 2] : [1] }

  @Test("packed floats: the definition, either way and in any parts to the same bits", arguments: sizes, [false, true])
  func floats(size: (Int, Int, Int), transposingB: Bool) {
    let (m, n, k) = size
    let a = Operand(m, k, 1, apart: 3), b = Operand(transposingB ? n : k, transposingB ? k : n, 2, apart: 1)
    let c = Operand(m, n, 3, apart: 2)
    for beta in [Float(0), 1, -0.5] {
      let whole = Self.packed(
        size, a, b, transposingB: transposingB, c, first: 0, count: n, beta: beta, way: 1)
      for row in 0..<m {
        for column in 0..<n {
          let sum = (0..<k).reduce(0.0) { sum, term in
            let right = transposingB ? b.values[column * b.stride + term] : b.values[term * b.stride + column]
            return sum + Double(a.values[row * a.stride + term]) * Double(right)
          }
          let place = row * c.stride + column
          let expected = sum + (beta == 0 ? 0 : Double(beta) * Double(c.values[place]))
          #expect(Self.isClose(whole[place], expected, terms: k))
        }
        // What lies between the rows stays as it was.
        #expect(whole[row * c.stride + n] == c.values[row * c.stride + n])
      }
      for way in Self.ways {
        var parts = c
        var first = 0
        for count in [16, 48, 80, n] where first < n {
          let count = min(count, n - first)
          parts.values = Self.packed(
            size, a, b, transposingB: transposingB, parts, first: first, count: count, beta: beta, way: way)
          first += count
        }
        #expect(parts.values.map(\.bitPattern) == whole.map(\.bitPattern))
        // And what packs as it goes.
        var found = c.values
        let hasMemory = vk_float_multiply(
          m, n, k, a.values, a.stride, b.values, b.stride, transposingB ? 1 : 0, 1, beta, &found, c.stride, way)
        #expect(hasMemory == 1 && found.map(\.bitPattern) == whole.map(\.bitPattern))
      }
    }
  }

  @Test("small floats: the definition, to the bits of packed ones", arguments: sizes, [false, true])
  func small(size: (Int, Int, Int), transposingA: Bool) {
    let (m, n, k) = size
    let plain = Operand(m, k, 1, apart: 3), b = Operand(k, n, 2, apart: 1), c = Operand(m, n, 3, apart: 2)
    var a = plain
    if transposingA {
      a = Operand(k, m, 1, apart: 5)
      for row in 0..<m {
        for term in 0..<k { a.values[term * a.stride + row] = plain.values[row * plain.stride + term] }
      }
    }
    for (alpha, beta) in [(Float(1), Float(0)), (1, -0.5), (0.25, 1)] {
      let results = Self.ways.map { way in
        var result = c.values
        vk_float_multiply_small(
          m, n, k, a.values, a.stride, transposingA ? 1 : 0, b.values, b.stride, alpha, beta, &result, c.stride,
          way)
        return result.map(\.bitPattern)
      }
      #expect(Set(results).count == 1)
      guard alpha == 1 else { continue }
      let packed = Self.packed(
        size, plain, b, transposingB: false, c, first: 0, count: n, beta: beta, way: 1)
      #expect(results[0] == packed.map(\.bitPattern))
    }
  }

  @Test(
    "packed bfloat16: the bits of the product that packs as it goes", arguments: sizes,
    [(false, false), (false, true), (true, false)])
  func bfloat16(size: (Int, Int, Int), transposing: (a: Bool, b: Bool)) {
    let (m, n, k) = size, (transposingA, transposingB) = transposing
    let a = Operand(transposingA ? k : m, transposingA ? m : k, 1, apart: 3)
    let b = Operand(transposingB ? n : k, transposingB ? k : n, 2, apart: 1)
    let c = Operand(m, n, 3, apart: 2)
    for emulated in vk_processor_has_bfloat16() != 0 ? [true, false] : [true] {
      for beta in [Float(0), 1, -0.5] {
        var expected = c.values, found = c.values
        let flag: Int32 = emulated ? 1 : 0
        #expect(
          vk_bfloat16_multiply(
            m, n, k, a.values, a.stride, transposingA ? 1 : 0, b.values, b.stride, transposingB ? 1 : 0, 1, beta,
            &expected, c.stride, flag) == 1)
        Self.aligned(vk_bfloat16_packed_count(k, n), UInt32.self) { memory in
          // In two goes, cut where a panel ends.
          let cut = min(n, Int(VK_BFLOAT16_PANEL))
          for (from, to) in [(cut, n), (0, cut)] where from < to {
            vk_bfloat16_pack(k, n, b.values, b.stride, transposingB ? 1 : 0, memory, from, to, flag)
          }
          found.withUnsafeMutableBufferPointer { found in
            guard let start = found.baseAddress else { return }
            for first in stride(from: 0, to: n, by: 48) {
              #expect(
                vk_bfloat16_multiply_packed(
                  m, n, k, a.values, a.stride, transposingA ? 1 : 0, memory, first, min(48, n - first), beta,
                  start + first, c.stride, flag)
                  == 1)
            }
          }
        }
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
  }
}
