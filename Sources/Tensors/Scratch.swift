/// Memory that an operator borrows and need not keep, grown on demand and reused from layer to layer.
///
/// One belongs to each worker; two threads never share one.
public final class Scratch {
  private var blocks: [Storage?] = []

  public init() {}

  /// At least `count` floats, not initialised; the same block for the same `slot` until more is asked for.
  package func floats(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
    while blocks.count <= slot.rawValue { blocks.append(nil) }
    if let block = blocks[slot.rawValue], block.count >= count { return block.start }
    blocks[slot.rawValue] = nil
    let block = Storage(count: max(count, 16))
    blocks[slot.rawValue] = block
    return block.start
  }

  /// What a block holds; two uses that overlap in time have two slots.
  package enum Slot: Int {
    case residual, normalized, projected, attended, hidden, branch, pooled, patches
    case queries, keys, values, scores
  }
}
