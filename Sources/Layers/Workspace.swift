package import CLIPCompute
public import CLIPTensors

/// The lanes that a pass through a tower may use and the memory it works in.
///
/// A pass on a single lane has a workspace of its own; the passes of two threads never share one.
public final class Workspace {
  package var lanes: Lanes
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

  /// What a product takes in: `x` itself, or where it is rounded a rounded copy, which the next one takes the place of.
  package func operand(_ x: ReadOnlyMatrix, _ operand: RoundedOperand) -> ReadOnlyMatrix {
    guard let rounding = lanes.rounding else { return x }
    let copy = matrix(.rounded, rows: x.rows, columns: x.columns)
    copy.set(x)
    rounding.round(copy, operand)
    return copy.reading
  }
}
