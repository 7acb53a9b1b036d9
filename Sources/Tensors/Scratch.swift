/// Memory that an operator borrows and need not keep, grown on demand and reused from layer to layer.
///
/// One belongs to each worker; two threads never share one.
public final class Scratch {
  private var blocks: [WritableStorage?] = []

  /// No memory yet.
  public init() {}

  /// At least `count` floats, not initialised; the same block for the same `slot` until more is asked for.
  package func floats(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
    floats(slot.rawValue, count)
  }

  /// The same, for a place that has a number.
  package func floats(_ slot: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    while blocks.count <= slot { blocks.append(nil) }
    if let block = blocks[slot], block.count >= count { return block.memory }
    blocks[slot] = nil
    let block = WritableStorage(count: max(count, 16))
    blocks[slot] = block
    return block.memory
  }

  /// What a block holds; two uses that overlap in time have two slots.
  package enum Slot: Int {
    case residual, normalized, projected, attended, hidden, branch, pooled, patches
    case queries, keys, values, scores, rounded
  }
}
