internal import CLIPCompute
internal import CLIPLayers
internal import CLIPTensors

/// The memory of a pass, the threads it runs on, and whether it looks at ranges or computes with them.
package final class PassContext {
  /// What a piece of memory is for; the same slot is the same memory.
  package enum Slot: Int {
    case residual, normalized, projected, attended, branch, hidden, pooled, patches
    case grid, queries, keys, values, scores, part, gathered, sums, weights, totals
    case high, low, others, offsets
    case asking, asked
  }

  /// Where ranges are looked at; nil where int8 is computed.
  let observer: RangeObserver?
  /// Whether whole numbers are summed up in floats that hold them exactly, in place of integers.
  let simulates: Bool
  /// For what is computed as a model in floats computes it.
  let workspace: Workspace
  private let memory = Scratch()
  private let workers: [Scratch]

  /// On the calling thread.
  package convenience init(simulates: Bool) { self.init(simulates: simulates, lanes: .single) }

  init(observer: RangeObserver? = nil, simulates: Bool = false, lanes: Lanes) {
    self.observer = observer
    self.simulates = simulates
    workspace = Workspace(lanes: lanes)
    workers = (0..<lanes.workers).map { _ in Scratch() }
  }

  var lanes: Lanes { workspace.lanes }
  /// Whether products are the processor's own.
  var runsIntegers: Bool { observer == nil && !simulates && Int8Grid.hasIntegers }

  /// Memory for a matrix, not initialized.
  func matrix(_ slot: Slot, rows: Int, columns: Int) -> MatrixView {
    MatrixView(memory.floats(slot.rawValue, rows * columns), rows: rows, columns: columns)
  }

  /// Memory for bytes, not initialized.
  func bytes(_ slot: Slot, rows: Int, columns: Int) -> ByteMatrix {
    ByteMatrix(
      memory.floats(slot.rawValue, ByteMatrix.floats(rows: rows, columns: columns)), rows: rows, columns: columns)
  }

  /// Memory of one of the threads, not initialized.
  func floats(_ slot: Slot, _ count: Int, worker: Int) -> UnsafeMutablePointer<Float> {
    workers[worker].floats(slot.rawValue, count)
  }
}
