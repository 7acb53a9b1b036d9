import Compute
import Layers
import Tensors

/// Runs half a block, for oracles.
struct WorkspaceBox {
  /// What the feed-forward layer of a causal block reads: `x + attention(norm1(x))`, through its norm.
  func middle(_ block: ResidualBlock, _ x: Tensor, _ tokens: Int, into normalized: Tensor) {
    func view(_ tensor: Tensor) -> MatrixView {
      MatrixView(tensor.pointer, rows: tensor.shape[0], columns: tensor.shape[1])
    }
    let workspace = Workspace(lanes: .single), width = x.shape[1], inner = block.attention.inner
    let first = Tensor(uninitialized: [tokens, width]), attended = Tensor(uninitialized: [tokens, inner])
    let middle = Tensor(uninitialized: [tokens, width])
    block.attentionNorm.apply(view(x), into: view(first), lanes: .single)
    block.attention.attend(view(first), sequences: 1, isCausal: true, into: view(attended), workspace: workspace)
    LinearOperator.forward(
      view(attended), weight: block.attention.output.weightView, bias: block.attention.output.bias.pointer,
      into: view(middle), lanes: .single)
    RowOperator.add(x.pointer, to: middle.mutablePointer, count: tokens * width)
    block.feedForwardNorm.apply(view(middle), into: view(normalized), lanes: .single)
  }
}
