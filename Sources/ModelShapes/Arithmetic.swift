import CLIPFiles

/// What a model's numbers are: the bits of weights, activations and sums, what shares a scale, and which steps are carried
/// out in whole numbers. One description for all who ask: what simulates it, the integer kernels, costs, records.
///
///     try Arithmetic(parsing: "w4a8-g64")     // weights of 4 bits, a scale for each 64 inputs of an output
///
/// All grids are symmetric, without the least number of two's complement: 8 bits are -127 to 127, 2 bits -1, 0, 1.
public struct Arithmetic: Hashable, Sendable {
  /// What shares a scale among weights.
  public enum Scales: Hashable, Sendable {
    /// A whole matrix.
    case tensor
    /// An output.
    case channel
    /// So many neighboring inputs of an output.
    case group(Int)
  }

  /// A kind of step that is carried out in floats or in whole numbers.
  public enum Step: String, Hashable, Sendable, CaseIterable {
    /// Products with weights.
    case products
    /// Both products of attention.
    case scores
    /// The exponentials of scores, and what they sum up to.
    case softmax
    /// Activation functions and gates.
    case gelu
    /// Layer norms.
    case norms
    /// What goes on from block to block.
    case residual
    /// Tables that are looked up, and positions: 8 bits and a scale for each row.
    case embeddings
  }

  /// Bits of a weight; 32 are floats.
  public var weightBits = 32
  /// What shares a scale among weights.
  public var weightScales = Scales.channel
  /// Bits of what products read beside weights; 32 are floats. They share a scale that calibration finds for each place.
  public var activationBits = 32
  /// Bits of a sum of products. Longer sums than they hold are cut, and the parts added in floats.
  public var accumulatorBits = 32
  /// The steps that are carried out in whole numbers.
  public var integerSteps: Set<Step> = []

  /// 32-bit floats.
  public static let float32 = Arithmetic()
  /// Products of operands rounded to bfloat16, summed up in 32-bit floats; all other steps in those.
  public static let bfloat16: Arithmetic = {
    var arithmetic = Arithmetic()
    arithmetic.weightBits = 16
    arithmetic.activationBits = 16
    return arithmetic
  }()
  /// 8 bits for weights, a scale for each output, and for activations.
  public static let int8 = Arithmetic(weights: 8, activations: 8)

  private init() {}

  /// Products in whole numbers, with tables to match; other steps in floats.
  /// - Parameters:
  ///   - weights: bits, 2 to 8
  ///   - activations: bits, 4 to 8 or 16
  public init(weights: Int, activations: Int, scales: Scales? = nil, accumulators: Int = 32) {
    weightBits = weights
    activationBits = activations
    weightScales = scales ?? (weights < 8 ? .group(64) : .channel)
    accumulatorBits = accumulators
    integerSteps = Self.products
  }

  /// What every arithmetic of whole numbers computes in them.
  private static let products: Set<Step> = [.products, .scores, .embeddings]
  /// What may follow it, in the order of names.
  private static let units: [Step] = [.softmax, .gelu, .norms, .residual]

  /// Whether no step is carried out in whole numbers.
  public var isFloat: Bool { integerSteps.isEmpty }

  /// The largest magnitude of a number of so many bits.
  public static func most(_ bits: Int) -> Int { (1 << (bits - 1)) - 1 }

  /// Bits of what stands where weights do in products of two activations, keys and values: 8, or fewer where activations have
  /// fewer. So 16-bit activations pass the multipliers that they pass with weights.
  public var rightBits: Int { min(activationBits, 8) }

  /// The most products whose sum an accumulator holds, whatever the numbers: 133,144 of 8 x 8 bits in 32, 516 of 16 x 8.
  public var longestSum: Int { longestSum(rightBits: weightBits) }

  /// The same with a right operand of so many bits.
  public func longestSum(rightBits: Int) -> Int {
    Self.most(accumulatorBits) / (Self.most(activationBits) * Self.most(rightBits))
  }
}

extension Arithmetic: CustomStringConvertible {
  /// The name that reads back as the same: `fp32`, `bf16`, `int8`, `w4a8-g64`, `w8a16`, `int8-only`.
  public var description: String {
    guard !isFloat else { return self == .bfloat16 ? "bf16" : "fp32" }
    var words = [weightBits == 8 && activationBits == 8 ? "int8" : "w\(weightBits)a\(activationBits)"]
    switch weightScales {
    case .tensor: words.append("tensor")
    case .channel: if weightBits < 8 { words.append("channel") }
    case .group(let count): words.append("g\(count)")
    }
    if accumulatorBits != 32 { words.append("acc\(accumulatorBits)") }
    let units = Self.units.filter(integerSteps.contains)
    words += units == Self.units ? ["only"] : units.map(\.rawValue)
    return words.joined(separator: "-")
  }

  /// Names to begin with.
  public static let presets = ["fp32", "bf16", "int8", "w4a8", "w2a8", "w8a16", "int8-only"]
  /// What floats are called.
  private static let floats: [String: Arithmetic] = [
    "fp32": .float32, "float32": .float32, "bf16": .bfloat16, "bfloat16": .bfloat16, "amp_bf16": .bfloat16,
    "amp": .bfloat16,
  ]
  /// What may follow behind a dash.
  private static let words = ["tensor", "channel", "g32", "g64", "g128", "acc24"] + units.map(\.rawValue) + ["only"]

  /// The arithmetic of a name.
  ///
  /// `fp32`, `bf16` (also training's `amp_bf16`), or `int8` or `wXaY` with X bits of weights (2 to 8) and Y of activations
  /// (4 to 8, 16). Behind the last, each after a dash: `tensor`, `channel` or `gN`, what shares a scale among weights (g64 for
  /// fewer than 8 bits); `accN`, bits of accumulators (32); `softmax`, `gelu`, `norms`, `residual`, what else is carried out
  /// in whole numbers, or `only` for all
  /// of them (Kim et al., "I-BERT", arXiv:2101.01321).
  /// - Throws: `InputError` that says what is wrong, and what may have been meant.
  public init(parsing name: String) throws {
    let all = name.lowercased().split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let first = all[0]
    func wrong(_ reason: String, _ advice: String) -> InputError {
      InputError("arithmetic \(name.quoted()): \(reason)", advice: advice)
    }
    if let float = Self.floats[first] {
      guard all.count == 1 else {
        throw wrong("floats have no bits to choose", "int8 and wXaY have: \(Self.presets.joined(separator: ", "))")
      }
      self = float
      return
    }
    guard let bits = first == "int8" ? (8, 8) : Self.bits(first) else {
      throw wrong("no such numbers", Suggestion.advice(for: name, among: Self.presets))
    }
    guard (2...8).contains(bits.0), (4...8).contains(bits.1) || bits.1 == 16 else {
      throw wrong("weights have 2 to 8 bits and activations 4 to 8 or 16", "for example w4a8")
    }
    self.init(weights: bits.0, activations: bits.1)
    var said: Set<String> = []
    for word in all.dropFirst() {
      func once(_ kind: String) throws {
        guard said.insert(kind).inserted else { throw wrong("says twice \(kind)", "say it once") }
      }
      if let step = Self.units.first(where: { $0.rawValue == word }) {
        try once("what \(step.rawValue) is computed in")
        integerSteps.insert(step)
      } else if word == "only" {
        try once("that everything else is in whole numbers")
        integerSteps.formUnion(Self.units)
      } else if word == "tensor" || word == "channel" {
        try once("what shares a scale")
        weightScales = word == "tensor" ? .tensor : .channel
      } else if let count = Self.number(word, after: "g") {
        try once("what shares a scale")
        guard count % 16 == 0, (16...1024).contains(count) else {
          throw wrong("a group is a multiple of 16 from 16 to 1024 inputs", "for example g64")
        }
        weightScales = .group(count)
      } else if let count = Self.number(word, after: "acc") {
        try once("the bits of accumulators")
        guard (12...32).contains(count) else { throw wrong("accumulators have 12 to 32 bits", "for example acc24") }
        accumulatorBits = count
      } else {
        throw wrong("\(word.quoted()) says nothing", Suggestion.advice(for: word, among: Self.words))
      }
    }
    let least = min(longestSum, longestSum(rightBits: rightBits))
    guard least >= Self.leastSum else {
      throw wrong(
        "accumulators of \(accumulatorBits) bits hold \(least) products, fewer than the \(Self.leastSum) that are added up at least",
        "widen them, or take fewer bits for weights and activations")
    }
  }

  /// Shorter parts would be added in floats for the most part.
  private static let leastSum = 16

  /// `w4a8`
  private static func bits(_ word: String) -> (Int, Int)? {
    guard word.hasPrefix("w"), let dash = word.firstIndex(of: "a"), let weights = number(word[..<dash], after: "w"),
      let activations = number(word[dash...], after: "a")
    else { return nil }
    return (weights, activations)
  }

  private static func number(_ word: some StringProtocol, after prefix: String) -> Int? {
    guard word.hasPrefix(prefix) else { return nil }
    let digits = word.dropFirst(prefix.count)
    guard !digits.isEmpty, digits.first != "0" || digits.count == 1, digits.allSatisfy({ ("0"..."9").contains($0) })
    else { return nil }
    // What is too long for a number is no number of bits either.
    return Int(digits) ?? .max
  }
}
