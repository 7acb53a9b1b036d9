import CLIPCompute
package import CLIPLayers
import CLIPModelShapes
public import CLIPTensors

/// What a tower shows of its inner life when it is asked to: the name of an activation and its value.
public typealias ActivationObserver = (_ name: String, _ value: Tensor) -> Void

/// The residual blocks of a tower.
package struct Transformer: Sendable {
  package var blocks: [ResidualBlock]
  package let width: Int
  package let isCausal: Bool

  /// - Parameter path: such as `visual.transformer.resblocks`
  init(
    _ shape: some TowerConfiguration, activation: Activation, isCausal: Bool, from source: some ParameterSource,
    at path: String
  ) throws {
    width = shape.width
    self.isCausal = isCausal
    blocks = try (0..<shape.layers).map { layer in
      let extent = ResidualBlock.Extent(
        width: shape.width, heads: shape.headsPerLayer[layer], headWidth: shape.headWidth,
        hidden: shape.mlpWidth[layer], activation: activation, epsilon: shape.layerNormEpsilon,
        hasLayerScale: shape.layerScaleInit != nil)
      return try ResidualBlock(extent, from: source, at: "\(path).\(layer)")
    }
  }

  /// Runs all blocks for every token.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`, changed in place
  ///   - observe: called after each block with its number
  func apply(_ x: MatrixView, sequences: Int, workspace: Workspace, observe: ((Int) -> Void)? = nil) {
    var pending: Tensor?
    for (number, block) in blocks.enumerated() {
      pending = block.apply(
        x, sequences: sequences, isCausal: isCausal, pendingBias: pending, workspace: workspace)
      if let observe {
        settle(&pending, x)
        observe(number)
      }
    }
    settle(&pending, x)
  }

  /// Runs all blocks, the last for one token of each sequence only: no other token is read after it.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`, changed in place
  ///   - positions: the token wanted of each sequence
  ///   - pooled: `[sequences, width]`
  func applyPooled(_ x: MatrixView, positions: [Int], into pooled: MatrixView, workspace: Workspace) {
    var pending: Tensor?
    for block in blocks.dropLast() {
      pending = block.apply(
        x, sequences: positions.count, isCausal: isCausal, pendingBias: pending, workspace: workspace)
    }
    pending = blocks.last?.applyPooled(
      x, positions: positions, isCausal: isCausal, pendingBias: pending, into: pooled, workspace: workspace)
    settle(&pending, pooled)
  }

  private func settle(_ pending: inout Tensor?, _ x: MatrixView) {
    if let bias = pending { RowOperator.addBias(bias.pointer, to: x) }
    pending = nil
  }
}
