package import CLIPTensors

/// How a tower's products round what they take in, in a training pass.
package struct TowerRounding: Sendable {
  /// What stands before the blocks, and the projection behind them.
  package let ends: any OperandRounding
  /// Of each block of the chain.
  package let blocks: [any OperandRounding]

  package init(ends: any OperandRounding, blocks: [any OperandRounding]) {
    self.ends = ends
    self.blocks = blocks
  }
}
