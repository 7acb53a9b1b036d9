package import CLIPCompute

/// Matrices that all threads lay out together before each multiplies with them.
///
/// In a training pass several threads multiply by the same weight, or sum up the same rows: packed by each of them for
/// itself it cost a sixth of a step in bfloat16.
package struct PackingList {
  private struct Part {
    let packed: PackedMatrix
    let matrix: ReadOnlyMatrix
    let transposed: Bool
    let outputs: Range<Int>
  }

  private let memory: MatrixMemory
  private var parts: [Part] = []
  /// Outputs of one part: some panels.
  private static let outputsPerPart = 4 * PackedMatrix.panel

  /// - Parameter memory: which outlives what is packed
  package init(in memory: MatrixMemory) { self.memory = memory }

  /// Adds a matrix, which may still be written until ``run(on:)``.
  /// - Parameter matrix: `[outputs, inputs]`, or `[inputs, outputs]` where it is not transposed
  /// - Returns: what it will be packed in; nil where it is too small for bfloat16.
  package mutating func add(_ matrix: some Matrix, transposed: Bool) -> PackedMatrix? {
    let matrix = matrix.reading
    let outputs = transposed ? matrix.rows : matrix.columns
    let packed = PackedMatrix(
      outputs: outputs, inputs: transposed ? matrix.columns : matrix.rows, memory: memory.floats)
    guard let packed else { return nil }
    for first in stride(from: 0, to: outputs, by: Self.outputsPerPart) {
      parts.append(
        Part(
          packed: packed, matrix: matrix, transposed: transposed,
          outputs: first..<min(first + Self.outputsPerPart, outputs)))
    }
    return packed
  }

  /// Packs what has been added.
  package func run(on pool: ThreadPool) {
    pool.forEach(parts.count) { index in
      let part = parts[index]
      part.packed.pack(part.matrix, transposed: part.transposed, outputs: part.outputs)
    }
  }
}

/// A block's weights laid out for its backward pass: their products with gradients.
package struct BackwardWeights {
  let input, output, expansion, gate, contraction: PackedMatrix?

  /// - Parameter list: packs them
  package init(_ block: ResidualBlock, _ list: inout PackingList) {
    input = list.add(block.attention.inputWeight, transposed: false)
    output = list.add(block.attention.output.weight, transposed: false)
    let hasFeedForward = block.hasFeedForward
    expansion = hasFeedForward ? list.add(block.feedForward.expansion.weight, transposed: false) : nil
    gate = block.feedForward.gate.flatMap { list.add($0.weight, transposed: false) }
    contraction = hasFeedForward ? list.add(block.feedForward.contraction.weight, transposed: false) : nil
  }
}
