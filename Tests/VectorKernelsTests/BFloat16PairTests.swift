import CCLIPKernelClones
import Testing

@Suite("Pairs of bfloat16")
struct BFloat16PairTests {
  private static func flushed(_ value: Float) -> Float {
    value.isSubnormal ? (value.sign == .minus ? -0.0 : 0.0) : value
  }

  @Test("two fused multiply-adds, the second term first, denormal numbers as zero, to the bit")
  func pairs() {
    Clones.each { kernels, rows, columns, what in
      var numbers = Numbers(seed: rows * 100 + columns)
      let scales: [Float] = [1, 1e-19, 1e-20, 3e18]
      for scale in scales {
        func bits(_ value: Float) -> UInt32 { (value * scale).bitPattern >> 16 }
        let words = (0..<columns).map { _ in bits(numbers.next()) | bits(numbers.next()) << 16 }
        let a = bits(numbers.next()) | bits(numbers.next()) << 16
        var sums = numbers.list(columns, times: scale * scale)
        let expected = zip(sums, words).map { sum, word in
          let odd = Float(bitPattern: a & 0xFFFF_0000), even = Float(bitPattern: a << 16)
          let first = Self.flushed(sum.addingProduct(odd, Float(bitPattern: word & 0xFFFF_0000)))
          return Self.flushed(first.addingProduct(even, Float(bitPattern: word << 16)))
        }
        kernels.vk_bfloat16_add_pair(&sums, a, words, columns)
        #expect(sums.map(\.bitPattern) == expected.map(\.bitPattern), what)
      }
    }
  }
}
