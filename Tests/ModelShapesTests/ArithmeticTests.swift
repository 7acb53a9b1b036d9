import CLIPFiles
import CLIPModelShapes
import Testing

@Suite("Arithmetics")
struct ArithmeticTests {
  @Test("names read back as the same, in one spelling")
  func names() throws {
    for name in [
      "fp32", "bf16", "int8", "int8-only", "int8-tensor", "int8-g64", "w4a8-g64", "w4a8-channel", "w2a8-g32", "w8a16",
      "w4a16-g128",
      "w4a4-g64-acc20", "int8-softmax-gelu", "w4a4-g32-acc16-norms", "w3a6-g64-only",
    ] {
      let arithmetic = try Arithmetic(parsing: name)
      #expect("\(arithmetic)" == name)
      #expect(try Arithmetic(parsing: "\(arithmetic)") == arithmetic)
    }
    let same = [
      ("float32", "fp32"), ("bfloat16", "bf16"), ("amp_bf16", "bf16"), ("FP32", "fp32"), ("w8a8", "int8"),
      ("w8a8-channel", "int8"), ("w4a8", "w4a8-g64"),
      ("w2a8", "w2a8-g64"), ("int8-acc32", "int8"), ("int8-gelu-softmax", "int8-softmax-gelu"),
      ("int8-softmax-gelu-norms-residual", "int8-only"), ("int8-only-tensor", "int8-tensor-only"),
    ]
    for (given, canonical) in same { #expect(try "\(Arithmetic(parsing: given))" == canonical) }
    for preset in Arithmetic.presets { _ = try Arithmetic(parsing: preset) }
  }

  @Test("what an accumulator holds: 133,144 products of 8 x 8 bits in 32, 516 of 16 x 8, 520 of 8 x 8 in 24")
  func accumulators() throws {
    #expect(Arithmetic.int8.longestSum == 133_144)
    #expect(try Arithmetic(parsing: "w8a16").longestSum == 516)
    #expect(try Arithmetic(parsing: "int8-acc24").longestSum == 520)
    #expect(try Arithmetic(parsing: "w2a8").longestSum == Int(Int32.max) / 127)
    let wide = try Arithmetic(parsing: "w4a16")
    #expect(wide.rightBits == 8 && wide.longestSum(rightBits: 8) == 516)
    for (name, weights, activations) in [("int8", 127, 127), ("w8a16", 127, 32_767), ("w4a8", 7, 127)] {
      let longest = try Arithmetic(parsing: name).longestSum
      #expect(longest * weights * activations <= Int(Int32.max))
      #expect((longest + 1) * weights * activations > Int(Int32.max))
    }
  }

  @Test("names that say nothing, too much or the impossible are refused, each with a way on")
  func refusals() throws {
    let wrong = [
      ("int88", "did you mean \"int8\"?"), ("w4a9x", "no such numbers"), ("bits", "one of: fp32"), ("", "one of: fp32"),
      ("w9a8", "weights have 2 to 8 bits"), ("w1a8", "weights have 2 to 8 bits"), ("w4a12", "4 to 8 or 16"),
      ("w4a32", "4 to 8 or 16"), ("fp32-only", "no bits to choose"), ("bf16-acc24", "no bits to choose"),
      ("int8-", "says nothing"),
      ("int8-sofmax", "did you mean \"softmax\"?"), ("w4a8-g63", "a multiple of 16"), ("w4a8-g0", "a multiple of 16"),
      ("w4a8-g99999", "a multiple of 16"), ("w4a8-g064", "says nothing"), ("w04a8", "no such numbers"),
      ("int8-only-only", "twice"), ("w4a8-g99999999999999999999", "a multiple of 16"), ("w4a8-g64-tensor", "twice"),
      ("int8-gelu-gelu", "twice"),
      ("int8-acc33", "12 to 32"), ("w8a16-acc24", "fewer than the 16"), ("int8-acc16", "fewer than the 16"),
      ("w-1a8", "no such numbers"), ("w４a8", "no such numbers"), ("int8\n", "no such numbers"), ("-only", "no such"),
      ("w4a8-g64g32", "says nothing"), (String(repeating: "w4", count: 5000), "no such numbers"),
    ]
    for (name, words) in wrong {
      let error = try #require(throws: InputError.self) { _ = try Arithmetic(parsing: name) }
      #expect(error.description.contains(words), "\(name.prefix(40)): \(error.description.prefix(300))")
      #expect(!error.description.contains("\n"))
    }
  }
}
