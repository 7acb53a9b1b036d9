package import CLIPCompute
public import CLIPTensors
import CCLIPVectorKernels

/// A pre-norm transformer block.
///
///     x = x + scale1 * attention(layerNorm1(x))
///     x = x + scale2 * feedForward(layerNorm2(x))
///
/// Source: open_clip's `ResidualAttentionBlock`; the layer scales, where there are any, are arXiv:2103.17239's.
public struct ResidualBlock: Sendable {
  public var attentionNorm: LayerNorm
  public var attention: MultiHeadAttention
  /// `[width]`, or nil
  public var attentionScale: Tensor?
  public var feedForwardNorm: LayerNorm
  public var feedForward: FeedForward
  /// `[width]`, or nil
  public var feedForwardScale: Tensor?

  /// The sizes of one block.
  public struct Extent: Sendable {
    public var width: Int
    public var heads: Int
    public var headWidth: Int
    public var hidden: Int
    public var activation: Activation
    public var epsilon: Float
    public var hasLayerScale: Bool

    public init(
      width: Int, heads: Int, headWidth: Int, hidden: Int, activation: Activation, epsilon: Float = 1e-5,
      hasLayerScale: Bool = false
    ) {
      self.width = width
      self.heads = heads
      self.headWidth = headWidth
      self.hidden = hidden
      self.activation = activation
      self.epsilon = epsilon
      self.hasLayerScale = hasLayerScale
    }
  }

  /// - Parameter path: such as `visual.transformer.resblocks.3`
  public init(_ extent: Extent, from source: some ParameterSource, at path: String) throws {
    let width = extent.width
    attentionNorm = try LayerNorm(width: width, epsilon: extent.epsilon, from: source, at: "\(path).ln_1")
    attention = try MultiHeadAttention(
      width: width, heads: extent.heads, headWidth: extent.headWidth, from: source, at: "\(path).attn")
    attentionScale = extent.hasLayerScale ? try source.parameter("\(path).ls_1.gamma", [width]) : nil
    feedForwardNorm = try LayerNorm(width: width, epsilon: extent.epsilon, from: source, at: "\(path).ln_2")
    feedForward = try FeedForward(
      width: width, hidden: extent.hidden, activation: extent.activation, from: source, at: "\(path).mlp")
    feedForwardScale = extent.hasLayerScale ? try source.parameter("\(path).ls_2.gamma", [width]) : nil
  }

  /// Runs the block on the residual stream in place.
  ///
  /// The bias of a residual branch waits for the next layer norm, which reads the stream anyway; so does the one this
  /// call returns.
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`
  ///   - pendingBias: `[width]`, not yet added to `x`
  /// - Returns: the bias not yet added to `x`
  package func apply(
    _ x: MatrixView, sequences: Int, isCausal: Bool, pendingBias: Tensor?, workspace: Workspace
  ) -> Tensor? {
    let normalized = workspace.matrix(.normalized, rows: x.rows, columns: x.columns)
    attentionNorm.apply(x, pendingBias: pendingBias, into: normalized, lanes: workspace.lanes)
    let attended = workspace.matrix(.attended, rows: x.rows, columns: attention.inner)
    attention.attend(normalized, sequences: sequences, isCausal: isCausal, into: attended, workspace: workspace)
    return finish(x, attended: attended, normalized: normalized, workspace: workspace)
  }

  /// Runs the block for one token of each sequence: all that is needed of a tower's last block.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`
  ///   - pooled: `[sequences, width]`, set to the stream at `positions` after the block
  /// - Returns: the bias not yet added to `pooled`
  package func applyPooled(
    _ x: MatrixView, positions: [Int], isCausal: Bool, pendingBias: Tensor?, into pooled: MatrixView,
    workspace: Workspace
  ) -> Tensor? {
    let sequences = positions.count, tokens = x.rows / positions.count
    let normalized = workspace.matrix(.normalized, rows: x.rows, columns: x.columns)
    attentionNorm.apply(x, pendingBias: pendingBias, into: normalized, lanes: workspace.lanes)
    let asking = workspace.matrix(.branch, rows: sequences, columns: x.columns)
    for (sequence, position) in positions.enumerated() {
      let row = (sequence * tokens + position) * x.columns
      (asking.start + sequence * x.columns).update(from: normalized.start + row, count: x.columns)
      (pooled.start + sequence * x.columns).update(from: x.start + row, count: x.columns)
    }
    let attended = workspace.matrix(.attended, rows: sequences, columns: attention.inner)
    attention.attendPooled(
      normalized, asking: asking, positions: positions, isCausal: isCausal, into: attended, workspace: workspace)
    return finish(pooled, attended: attended, normalized: normalized.rows(0..<sequences), workspace: workspace)
  }

  /// Everything after the heads: output projection, second layer norm, feed-forward layer.
  private func finish(
    _ x: MatrixView, attended: MatrixView, normalized: MatrixView, workspace: Workspace
  ) -> Tensor? {
    let waiting = add(scale: attentionScale, bias: attention.output.bias, to: x, workspace: workspace) {
      target, isSum in
      LinearOperator.forward(
        attended, weight: attention.output.weightView, into: target, accumulating: isSum, lanes: workspace.lanes)
    }
    feedForwardNorm.apply(x, pendingBias: waiting, into: normalized, lanes: workspace.lanes)
    return add(scale: feedForwardScale, bias: feedForward.contraction.bias, to: x, workspace: workspace) {
      target, isSum in
      feedForward.apply(normalized, into: target, accumulating: isSum, workspace: workspace)
    }
  }

  /// Adds a branch to the stream: straight into it, or through its layer scale.
  private func add(
    scale: Tensor?, bias: Tensor, to x: MatrixView, workspace: Workspace,
    branch: (_ target: MatrixView, _ accumulating: Bool) -> Void
  ) -> Tensor? {
    guard let scale else {
      branch(x, true)
      return bias
    }
    let target = workspace.matrix(.branch, rows: x.rows, columns: x.columns)
    branch(target, false)
    vk_bias_scale_add(x.start, target.start, bias.pointer, scale.pointer, x.rows, x.columns)
    return nil
  }
}
