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
    func view(_ tensor: Tensor) -> MatrixView {
      MatrixView(tensor.pointer, rows: tensor.shape[0], columns: tensor.shape[1])
    }
    let workspace = Workspace(lanes: .single), width = x.shape[1], inner = block.attention.inner
    first = Tensor(uninitialized: [tokens, width])
    attended = Tensor(uninitialized: [tokens, inner])
    second = Tensor(uninitialized: [tokens, width])
    let middle = Tensor(uninitialized: [tokens, width])
    block.attentionNorm.apply(view(x), into: view(first), lanes: .single)
    let floats = InferenceArithmetic(workspace, SequenceExtent(sequences: 1, tokens: tokens, isCausal: true))
    var stream = InferenceArithmetic.Stream(rows: view(x))
    let heads = floats.attend(view(first), block.attention, &stream)
    view(attended).start.update(from: heads.start, count: tokens * inner)
    LinearOperator.forward(
      view(attended), weight: block.attention.output.weightView, bias: block.attention.output.bias.pointer,
      into: view(middle), lanes: .single)
    RowOperator.add(x.pointer, to: middle.mutablePointer, count: tokens * width)
    block.feedForwardNorm.apply(view(middle), into: view(second), lanes: .single)
    withExtendedLifetime((x, middle)) {}
  }
}
