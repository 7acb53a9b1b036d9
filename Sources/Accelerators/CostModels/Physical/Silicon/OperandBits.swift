package import CLIPModelShapes

/// Bytes of one number of what an operation reads and writes; parts of a byte where there are fewer bits.
package struct OperandBytes: Hashable, Sendable {
  /// Of a product's first factor, or of what a vector core reads from L2.
  package var first: Double
  /// Of the second factor, scales included, or of the second operand.
  package var second: Double
  /// Of the result in L2.
  package var result: Double
  /// Of a sum that is put by.
  package var sum: Double

  /// Of what a vector core reads, and of a result, in the buffer and DRAM: scores and what an activation function reads go on
  /// strip by strip in L2, and what comes of them is stored.
  package var firstStored: Double, resultStored: Double

  /// A byte each, with sums of 32 bits: what the first edition of the account counts.
  package static let bytes = OperandBytes(first: 1, second: 1, result: 1, sum: 4)

  package init(first: Double, second: Double, result: Double, sum: Double) {
    self.first = first
    self.second = second
    self.result = result
    self.sum = sum
    firstStored = first
    resultStored = result
  }
}

extension Arithmetic {
  /// Bits of a result by what becomes of it.
  ///
  /// - scores: the products' 32-bit sums, or floats
  /// - what an activation function reads: 16 bits where that is a unit of whole numbers, else floats
  /// - the residual stream: likewise
  func bits(of result: Operation.Result) -> Int {
    switch result {
    case .operand: operandBits
    case .scores, .floats, .similarity: 32
    case .gate: integerSteps.contains(.gelu) ? 16 : 32
    case .stream: integerSteps.contains(.residual) ? 16 : 32
    }
  }

  /// Bits of what a product reads; bfloat16's operands are rounded to it.
  private var operandBits: Int { min(activationBits, 32) }
  /// Bits of a table's numbers.
  private var tableBits: Int { integerSteps.contains(.embeddings) ? 8 : 32 }

  /// Bits of a weight with its share of the scale, a 32-bit float for each group or output, and of the bias, one for each
  /// output.
  func weightBits(reduced: Int, hasBias: Bool) -> Double {
    let each = 32 / Double(max(1, reduced)), bits = Double(weightBits) + (hasBias ? each : 0)
    guard !isFloat else { return bits }
    switch weightScales {
    case .tensor: return bits
    case .channel: return bits + each
    case .group(let count): return bits + 32 / Double(min(count, max(1, reduced)))
    }
  }

  /// Bytes of a parameter in the memory that holds a model, all taken for weights, their scales included.
  var storedBytes: Double {
    if case .group(let count) = weightScales, !isFloat { return (Double(weightBits) + 32 / Double(count)) / 8 }
    return Double(weightBits) / 8
  }

  /// Bytes of what a product reads and writes.
  package func bytes(of operation: Operation, hasWeights: Bool, reduced: Int) -> OperandBytes {
    if operation.result == .similarity { return OperandBytes(first: 4, second: 4, result: 4, sum: 4) }
    // Patches, projections and heads have no bias, or hardly any.
    let hasBias = operation.part == .attention || operation.part == .feedForward
    let second =
      hasWeights ? weightBits(reduced: reduced, hasBias: hasBias) : Double(isFloat ? operandBits : rightBits)
    var bytes = OperandBytes(
      first: Double(operandBits) / 8, second: second / 8, result: Double(bits(of: operation.result)) / 8,
      sum: Double(accumulatorBits) / 8)
    if operation.result == .gate || operation.result == .scores { bytes.resultStored = Double(operandBits) / 8 }
    return bytes
  }

  /// Bytes of what a vector core reads and writes.
  package func bytes(of operation: Operation, _ work: VectorWork) -> OperandBytes {
    let read: Int, second: Int, written: Int
    switch work.kind {
    case .layerNorm, .euclideanNorm:
      (read, second) = (bits(of: operation.name == "norm" && operation.part == .output ? .floats : .stream), 32)
      // The norm before the first block begins the stream; others are read by products.
      written = operation.part == .embeddings ? bits(of: .stream) : operandBits
    case .softmax: (read, second, written) = (bits(of: .scores), 32, operandBits)
    case .gelu: (read, second, written) = (bits(of: .gate), 32, operandBits)
    case .add where operation.part == .embeddings:
      // A text's tokens are rows of a table; an image's come from a product.
      read = operation.tower == .text ? tableBits : bits(of: .stream)
      (second, written) = (tableBits, bits(of: .stream))
    case .add where operation.name == "residual":
      (read, second, written) = (bits(of: .stream), bits(of: .stream), bits(of: .stream))
    case .multiply where operation.name == "gate":
      (read, second, written) = (bits(of: .gate), bits(of: .gate), operandBits)
    case .sigmoid, .relu: (read, second, written) = (bits(of: .gate), 32, bits(of: .gate))
    case .add, .subtract, .multiply, .divide, .squareRoot, .power, .fill, .dropout:
      (read, second, written) = (32, 32, 32)
    }
    var bytes = OperandBytes(
      first: Double(read) / 8, second: Double(second) / 8, result: Double(written) / 8,
      sum: Double(accumulatorBits) / 8)
    if work.kind == .softmax || work.kind == .gelu || work.kind == .sigmoid {
      bytes.firstStored = Double(operandBits) / 8
    }
    return bytes
  }

  /// What a step of a vector core's work costs beside the 8-bit multiply-add.
  func stepPrice(of work: VectorWork, _ operation: Operation) -> Double {
    guard !isWhole(work, operation) else { return UnitPrices.wholeStep.multiplyAdd }
    switch work.kind {
    case .add, .subtract: return UnitPrices.floatAdd
    default: return UnitPrices.float32.multiplyAdd
    }
  }

  /// Whether a vector core does the work in whole numbers.
  private func isWhole(_ work: VectorWork, _ operation: Operation) -> Bool {
    switch work.kind {
    case .layerNorm, .euclideanNorm: integerSteps.contains(.norms)
    case .softmax: integerSteps.contains(.softmax)
    case .gelu, .sigmoid, .relu: integerSteps.contains(.gelu)
    case .multiply: operation.name == "gate" && integerSteps.contains(.gelu)
    case .add: operation.name != "rotate sum" && integerSteps.contains(.residual)
    default: false
    }
  }

  /// The steps of a vector core that floats can be left out of.
  private static let units: Set<Step> = [.softmax, .gelu, .norms, .residual]

  /// What a vector lane is built with: floats, unless every unit is of whole numbers.
  var vectorUnit: UnitPrices { Self.units.isSubset(of: integerSteps) ? .wholeStep : .float32 }
}
