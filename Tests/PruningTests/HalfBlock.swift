import CLIPCompute
import CLIPLayers
import CLIPTensors

/// The first half of a causal block over one text, step by step, for oracles.
struct HalfBlock {
  /// `norm1(x)`
  let first: Tensor
  /// The heads' outputs.
  let attended: Tensor
  /// `norm2(x + attention)`
  let second: Tensor

  init(_ block: ResidualBlock, _ x: Tensor, tokens: Int) {
    let workspace = Workspace(lanes: .single), width = x.shape[1], inner = block.attention.inner
    let first = FreshTensor([tokens, width]), attended = FreshTensor([tokens, inner])
    let middle = FreshTensor([tokens, width]), second = FreshTensor([tokens, width])
    block.attentionNorm.apply(x, into: first.matrix, lanes: .single)
    let floats = InferenceArithmetic(workspace, SequenceExtent(sequences: 1, tokens: tokens, isCausal: true))
    var stream = InferenceArithmetic.Stream(rows: middle.matrix)
    attended.matrix.set(floats.attend(first.matrix, block.attention, &stream))
    LinearOperator.forward(
      attended.matrix, weight: block.attention.output.weight, bias: block.attention.output.bias, into: middle.matrix,
      lanes: .single)
    RowOperator.add(x, to: middle.matrix)
    block.feedForwardNorm.apply(middle.matrix, into: second.matrix, lanes: .single)
    self.first = first.tensor()
    self.attended = attended.tensor()
    self.second = second.tensor()
  }
}
