internal import CLIPCompute
internal import CLIPLayers
internal import CLIPTensors

/// The memory of one thread's pass, and whether it looks at ranges or computes with them.
package final class PassContext {
  /// What a piece of memory is for; the same slot is the same memory.
  package enum Slot: Int, CaseIterable {
    case residual, normalized, projected, attended, branch, hidden, pooled, patches
    case grid, queries, keys, values, scores, part, gathered
  }

  /// Where ranges are looked at; nil where int8 is computed.
  let observer: RangeObserver?
  /// For what is computed as a model in floats computes it.
  let workspace = Workspace(lanes: .single)
  private var memory = [Tensor?](repeating: nil, count: Slot.allCases.count)

  package init(observer: RangeObserver? = nil) { self.observer = observer }

  /// Memory for a matrix, not initialized.
  func matrix(_ slot: Slot, rows: Int, columns: Int) -> MatrixView {
    let count = max(1, rows * columns)
    if memory[slot.rawValue].map({ $0.shape.count < count }) ?? true {
      memory[slot.rawValue] = Tensor(uninitialized: [count])
    }
    // The tensor lives as long as this object.
    guard let tensor = memory[slot.rawValue] else { preconditionFailure("a slot without memory") }
    return MatrixView(tensor.pointer, rows: rows, columns: columns)
  }
}
