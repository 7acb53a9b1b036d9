package import CLIPCompute
public import CLIPTensors

/// The lanes that a pass through a tower may use and the memory it works in.
///
/// A pass on a single lane has a workspace of its own; the passes of two threads never share one.
public final class Workspace {
  package let lanes: Lanes
  /// Scratch memory of each worker of `lanes`.
  package let workers: [Scratch]
  private let shared = Scratch()

  /// A workspace without memory: that is taken when it is first asked for.
  public init(lanes: Lanes) {
    self.lanes = lanes
    workers = (0..<lanes.workers).map { _ in Scratch() }
  }

  /// Memory for one matrix, not initialised; the same for the same slot.
  package func matrix(_ slot: Scratch.Slot, rows: Int, columns: Int) -> MatrixView {
    MatrixView(shared.floats(slot, rows * columns), rows: rows, columns: columns)
  }
}
