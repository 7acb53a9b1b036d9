import CCLIPKernelClones
import Testing

@Suite("Packed 8-bit products")
struct Int8PackedTests {
  private static let sizes = [1, 7, 17, 65]

  /// The best way, the definition and pairs of 16 bits, as far as the processor has the instructions.
  private static var ways: [Int32] { vk_processor_has_int8() != 0 ? [0, 1, 2] : [1] }

  /// Memory aligned to 64 bytes.
  private static func withPacked(_ n: Int, _ k: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: vk_int8_packed_bytes(n, k), alignment: 64)
    defer { memory.deallocate() }
    body(memory)
  }

  private static func signed(_ count: Int, _ numbers: inout Numbers, isSaturated: Bool) -> [Int] {
    (0..<count).map { _ in isSaturated ? 127 : Int((numbers.next() * 127).rounded()) }
  }

  @Test(
    "weights packed once: exact sums, factors, biases and what was there, to the bit, in every way",
    arguments: sizes, sizes)
  func weights(m: Int, n: Int) {
    for k in Self.sizes + [64, 128, 1041] {
      for isSaturated in [false, true] {
        var numbers = Numbers(seed: m * 10_000 + n * 100 + k)
        let a = Self.signed(m * k, &numbers, isSaturated: isSaturated)
        let b = Self.signed(n * k, &numbers, isSaturated: isSaturated)
        let factors = numbers.list(n), bias = numbers.list(n, times: 100)
        let before = numbers.list(m * (n + 2), times: 100)
        let stride = (k + 3) / 4 * 4 + 4
        var bytes = [UInt8](repeating: 200, count: m * stride)
        for index in a.indices { bytes[index / k * stride + index % k] = UInt8(a[index] + 128) }
        let expected = (0..<m * n).map { index -> Float in
          let row = index / n, column = index % n
          let sum = (0..<k).reduce(0) { $0 + a[row * k + $1] * b[column * k + $1] }
          return before[row * (n + 2) + column] + (Float(sum) * factors[column] + bias[column])
        }
        let turned = (0..<k * n).map { Float(b[$0 % n * k + $0 / n]) }
        for transposes in [true, false] {
          Self.withPacked(n, k) { packed in
            if transposes {
              vk_int8_pack(n, k, b.map { Float($0) }, k, 1, packed)
            } else {
              vk_int8_pack(n, k, turned, n, 0, packed)
            }
            for way in Self.ways {
              var y = before
              y.withUnsafeMutableBufferPointer { y in
                factors.withUnsafeBufferPointer { factors in
                  bias.withUnsafeBufferPointer { bias in
                    vk_int8_multiply_packed(
                      m, n, k, bytes, stride, packed,
                      vk_int8_output(
                        values: y.baseAddress, stride: n + 2, column_factors: factors.baseAddress, row_factors: nil,
                        bias: bias.baseAddress, adds: 1), way)
                  }
                }
              }
              let found = (0..<m * n).map { y[$0 / n * (n + 2) + $0 % n] }
              #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "k \(k), way \(way)")
              #expect((0..<m).allSatisfy { y[$0 * (n + 2) + n] == before[$0 * (n + 2) + n] }, "k \(k), way \(way)")
            }
          }
        }
      }
    }
  }

  @Test("keys and values packed from bytes, and weights of a row's own step", arguments: sizes, sizes)
  func attention(m: Int, n: Int) {
    for k in Self.sizes + [64, 130] {
      var numbers = Numbers(seed: m * 999 + n * 77 + k)
      let a = numbers.bytes(m * (k + 3)), b = numbers.bytes(n * k), steps = numbers.list(m)
      for way in Self.ways {
        // Rows of b are columns of the product, and 128 has been added to a; or its columns are, and nothing has.
        for hasRows in [true, false] {
          let expected = (0..<m * n).map { index -> Float in
            let row = index / n, column = index % n
            let sum = (0..<k).reduce(0) { sum, term in
              let other = Int(hasRows ? b[column * k + term] : b[term * n + column]) - 128
              return sum + (Int(a[row * (k + 3) + term]) - (hasRows ? 128 : 0)) * other
            }
            return Float(sum) * steps[row]
          }
          Self.withPacked(n, k) { packed in
            if hasRows {
              vk_int8_pack_rows(n, k, b, k, packed, way)
            } else {
              vk_int8_pack_columns(n, k, b, n, packed, way)
            }
            var y = [Float](repeating: 0, count: m * n)
            y.withUnsafeMutableBufferPointer { y in
              steps.withUnsafeBufferPointer { steps in
                vk_int8_multiply_packed(
                  m, n, k, a, k + 3, packed,
                  vk_int8_output(
                    values: y.baseAddress, stride: n, column_factors: nil, row_factors: steps.baseAddress, bias: nil,
                    adds: 0), way)
              }
            }
            #expect(y.map(\.bitPattern) == expected.map(\.bitPattern), "k \(k), way \(way), rows \(hasRows)")
          }
        }
      }
    }
  }
}
