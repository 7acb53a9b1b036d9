import CLIPCompute
import CLIPLayers
public import CLIPTensors

/// What a tower shows of its inner life when it is asked to: the name of an activation and its value.
public typealias ActivationObserver = (_ name: String, _ value: Tensor) -> Void

extension TrainableTower {
  /// A batch's way through the tower in floats that are forgotten.
  ///
  /// A group of sequences is cut to its longest.
  /// - Returns: `[batch, embed]`, not normalized
  func features(of input: Input, on pool: ThreadPool, observe: ActivationObserver?) -> Tensor {
    let lengths = lengths(of: input), features = FreshTensor([lengths.count, embedDimension]), target = features.matrix
    if let observe {
      let workspace = Workspace(lanes: .pooled(pool, in: transformer.products))
      encode(input, lengths.indices, tokens: configuration.tokens, into: target, workspace, observe)
    } else {
      let plan = BatchPlan(sequences: lengths.count, tokens: lengths.max() ?? 1, width: transformer.width)
      plan.run(on: pool, in: transformer.products) { group, workspace in
        encode(input, group, tokens: lengths[group].max() ?? 1, into: target.rows(group), workspace, nil)
      }
    }
    return features.tensor()
  }

  private func encode(
    _ input: Input, _ group: Range<Int>, tokens: Int, into features: MatrixView, _ workspace: Workspace,
    _ observe: ActivationObserver?
  ) {
    let count = group.count, width = transformer.width, positions = group.map { position(of: $0, in: input) }
    let x = workspace.matrix(.residual, rows: count * tokens, columns: width)
    func show(_ name: String?, _ rows: MatrixView) {
      guard let name, let observe else { return }
      observe(name, Tensor(copying: rows, rows.rows == count ? [count, width] : [count, tokens, width]))
    }
    begin(input, group, tokens: tokens, into: x, workspace)
    show(Self.normNames.first, x)
    let output = transformer.run(
      x, sequences: count, positions: observe == nil ? positions : nil, workspace,
      observe: observe.map { _ in { show("block\($0)", $1) } })
    let pooled = pooled(output, sequences: count, workspace, positions: positions) { show(Self.normNames.last, $0) }
    project(pooled, into: features)
  }
}
