import CCLIPVectorKernels
import CLIPCompute
import Testing

@Suite("Products of fewer bits")
struct ProductArithmeticTests {
  /// Shapes with edges everywhere; one has several blocks of rows and terms.
  static let sizes = [
    (8, 8, 8), (9, 17, 33), (17, 65, 9), (65, 48, 65), (13, 130, 31), (33, 96, 129), (520, 20, 1100),
  ]

  private struct Case {
    let m, n, k: Int, lda, ldb, ldc: Int, a, b, c: [Float]

    init(_ size: (Int, Int, Int), transposingA: Bool, transposingB: Bool, wholeNumbers: Bool = false) {
      (m, n, k) = size
      // Rows lie apart, so that a kernel that strays is found out.
      lda = (transposingA ? m : k) + 3
      ldb = (transposingB ? k : n) + 1
      ldc = n + 2
      var random = Philox(seed: UInt64(m * n * k), purpose: .test)
      func values(_ count: Int) -> [Float] {
        (0..<count).map { _ in
          let value = random.normal()
          return wholeNumbers ? max(-127, min(127, (value * 60).rounded())) : value
        }
      }
      a = values(lda * (transposingA ? k : m))
      b = values(ldb * (transposingB ? n : k))
      c = values(ldc * m)
    }
  }

  private static func round(_ value: Float) -> Double {
    let bits = value.bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
  }

  private static func bfloat16(
    _ one: Case, _ transposingA: Bool, _ transposingB: Bool, alpha: Float, beta: Float, emulated: Bool
  ) -> [Float] {
    var c = one.c
    let status = vk_bfloat16_multiply(
      one.m, one.n, one.k, one.a, one.lda, transposingA ? 1 : 0, one.b, one.ldb, transposingB ? 1 : 0, alpha, beta, &c,
      one.ldc, emulated ? 1 : 0)
    #expect(status == 1)
    return c
  }

  @Test("bfloat16: the product of what the operands round to, transposed or not", arguments: sizes, [0, 1, 2, 3])
  func definition(size: (Int, Int, Int), transposes: Int) {
    let transposingA = transposes & 1 != 0, transposingB = transposes & 2 != 0
    let one = Case(size, transposingA: transposingA, transposingB: transposingB)
    for (alpha, beta) in [(Float(1), Float(0)), (0.5, 1), (2, -1)] {
      let emulated = Self.bfloat16(one, transposingA, transposingB, alpha: alpha, beta: beta, emulated: true)
      for row in stride(from: 0, to: one.m, by: max(1, one.m / 40)) {
        for column in 0..<one.n {
          var sum = 0.0
          for term in 0..<one.k {
            let left = transposingA ? one.a[term * one.lda + row] : one.a[row * one.lda + term]
            let right = transposingB ? one.b[column * one.ldb + term] : one.b[term * one.ldb + column]
            sum += Self.round(left) * Self.round(right)
          }
          let place = row * one.ldc + column
          let expected = Double(alpha) * sum + (beta == 0 ? 0 : Double(beta) * Double(one.c[place]))
          let tolerance = 4e-7 * Double(one.k).squareRoot() * 8 + 1e-6
          #expect(abs(Double(emulated[place]) - expected) < tolerance * max(1, abs(expected)))
        }
        // What lies between the rows stays as it was.
        #expect(emulated[row * one.ldc + one.n] == one.c[row * one.ldc + one.n])
      }
      guard ProductArithmetic.bfloat16.isNative else { continue }
      let native = Self.bfloat16(one, transposingA, transposingB, alpha: alpha, beta: beta, emulated: false)
      #expect(native.map(\.bitPattern) == emulated.map(\.bitPattern))
    }
  }

  @Test("the emulation has the instruction's treatment of tiny numbers, infinities and what is no number")
  func extremes() {
    let special: [Float] = [
      0, -0.0, 1e-40, -3e-39, 1.2e-38, 3e38, -3e38, .infinity, 1, -1, 1.0039, 65504, 1e-20, -1e-20, 2.5e-38, .nan,
    ]
    let a: [Float] = (0..<128).map { special[($0 / 16 * 5 + $0 % 16 * 3) % 16] }
    let b: [Float] = (0..<128).map { special[($0 / 8 * 7 + $0 % 8 * 9 + 4) % 16] }
    func product(_ emulated: Int32) -> [Float] {
      var c = [Float](repeating: 0, count: 64)
      _ = vk_bfloat16_multiply(8, 8, 16, a, 16, 0, b, 8, 0, 1, 0, &c, 8, emulated)
      return c
    }
    let emulated = product(1)
    #expect(emulated.contains { $0.isNaN })
    guard ProductArithmetic.bfloat16.isNative else { return }
    // Which of the many values that are no numbers comes out is not part of it.
    func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? .max : $0.bitPattern } }
    #expect(bits(product(0)) == bits(emulated))
  }

  @Test(
    "8 bits: the sums are exact, whichever way they are computed", arguments: sizes + [(3, 5, 3500)], [false, true])
  func int8(size: (Int, Int, Int), transposingB: Bool) {
    let one = Case(size, transposingA: false, transposingB: transposingB, wholeNumbers: true)
    func product(_ way: Int32) -> [Float] {
      var c = one.c
      _ = vk_int8_multiply(
        one.m, one.n, one.k, one.a, one.lda, one.b, one.ldb, transposingB ? 1 : 0, &c, one.ldc, way)
      return c
    }
    let emulated = product(1)
    for row in stride(from: 0, to: one.m, by: max(1, one.m / 40)) {
      for column in 0..<one.n {
        var sum = 0
        for term in 0..<one.k {
          let right = transposingB ? one.b[column * one.ldb + term] : one.b[term * one.ldb + column]
          sum += Int(one.a[row * one.lda + term]) * Int(right)
        }
        #expect(emulated[row * one.ldc + column] == Float(sum))
      }
    }
    if vk_processor_has_int8() != 0 { #expect(product(0) == emulated && product(2) == emulated) }
  }

  @Test("the largest numbers of 8 bits do not overflow")
  func largest() {
    let k = 4096, a = [Float](repeating: 127, count: k), b = [Float](repeating: -127, count: k)
    for way in [Int32(1)] + (vk_processor_has_int8() != 0 ? [0, 2] : []) {
      var c: [Float] = [0]
      _ = vk_int8_multiply(1, 1, k, a, k, b, k, 1, &c, 1, way)
      #expect(c == [Float(-127 * 127 * k)])
    }
  }

  @Test("small products are float32 in either arithmetic")
  func small() {
    var a = (0..<35).map { Float($0) + 0.001 }, b = (0..<15).map { Float($0) - 0.003 }
    var c = [[Float]](repeating: [Float](repeating: 0, count: 21), count: 2)
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        for (index, arithmetic) in ProductArithmetic.allCases.enumerated() {
          c[index].withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
            multiply(
              MatrixView(a, rows: 7, columns: 5), MatrixView(b, rows: 5, columns: 3),
              into: MatrixView(c, rows: 7, columns: 3), in: arithmetic)
          }
        }
      }
    }
    #expect(c[0] == c[1])
  }
}
