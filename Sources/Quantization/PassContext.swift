internal import CLIPCompute
internal import CLIPLayers
internal import CLIPTensors

/// The memory of one thread's pass, and whether it looks at ranges or computes with them.
package final class PassContext {
  /// What a piece of memory is for; the same slot is the same memory.
  package enum Slot: Int {
    case residual, normalized, projected, attended, branch, hidden, pooled, patches
    case grid, queries, keys, values, scores, part, gathered
  }

  /// Where ranges are looked at; nil where int8 is computed.
  let observer: RangeObserver?
  /// Whether whole numbers are summed up in floats that hold them exactly, in place of integers.
  let simulates: Bool
  /// For what is computed as a model in floats computes it.
  let workspace = Workspace(lanes: .single)
  private let memory = Scratch()

  package init(observer: RangeObserver? = nil, simulates: Bool = false) {
    self.observer = observer
    self.simulates = simulates
  }

  /// Memory for a matrix, not initialized.
  func matrix(_ slot: Slot, rows: Int, columns: Int) -> MatrixView {
    MatrixView(memory.floats(slot.rawValue, rows * columns), rows: rows, columns: columns)
  }
}
