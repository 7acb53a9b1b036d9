import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPTensors

/// The residual stream of a calibration set on its way through a tower, block by block.
///
/// All tokens of all sequences are in memory at once, one row a token, so that what stands between two blocks can be
/// looked at, and changed, before the next one runs.
final class TowerStream<Tower: TrainableTower> {
  let layout: TokenLayout
  let pool: ThreadPool
  let width: Int
  let isCausal: Bool
  /// `[tokens, width]`
  private let tokens: Tensor

  /// The stream before a tower's first block.
  init(_ tower: Tower, _ input: Tower.Input, _ layout: TokenLayout, on pool: ThreadPool) {
    self.layout = layout
    self.pool = pool
    width = tower.transformer.width
    isCausal = tower.transformer.isCausal
    tokens = Tensor(uninitialized: [layout.rows, width])
    let x = view
    let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single) }
    pool.forEach(layout.groups.count) { index, worker in
      let group = layout.groups[index], rows = x.rows(group.rows)
      let embedded = tower.keepsEmbedded ? Tensor(uninitialized: [rows.rows, rows.columns]) : nil
      tower.embed(input, group, embedded: embedded.map(Self.matrix), into: rows, workspaces[worker])
      withExtendedLifetime(embedded) {}
    }
  }

  /// The same stream, to go another way from here.
  func copy() -> TowerStream { TowerStream(self) }

  private init(_ other: TowerStream) {
    layout = other.layout
    pool = other.pool
    width = other.width
    isCausal = other.isCausal
    tokens = Tensor(copying: other.view, [other.layout.rows, other.width])
  }

  /// The stream, `[tokens, width]`, to be read and changed in place.
  var view: MatrixView { MatrixView(tokens.mutablePointer, rows: layout.rows, columns: width) }

  static func matrix(_ tensor: Tensor) -> MatrixView {
    MatrixView(tensor.mutablePointer, rows: tensor.shape[0], columns: tensor.shape[1])
  }

  /// The sampled rows as they stand, `[samples, width]`.
  func sample() -> Tensor {
    let result = Tensor(uninitialized: [layout.sampled.count, width])
    RowOperator.gather(view, rows: layout.sampled, into: Self.matrix(result))
    return result
  }

  /// The rows that are read of each sequence as they stand, `[sequences, width]`.
  func readRows() -> Tensor {
    let result = Tensor(uninitialized: [layout.readRows.count, width])
    RowOperator.gather(view, rows: layout.readRows, into: Self.matrix(result))
    return result
  }

  /// What a block shows of itself at the sampled rows.
  struct BlockSample {
    /// `[samples, inner]`: the heads' outputs.
    var attended: Tensor
    /// `[samples, width]`: the stream between the branches.
    var middle: Tensor
    /// `[samples, 3 inner]`: queries, keys and values, their bias not yet added.
    var projected: Tensor
    /// `[samples, hidden]`: the hidden layer before bias and activation.
    var sum: Tensor
  }

  /// Runs a block over all tokens in place.
  func run(_ block: ResidualBlock) { _ = run(block, samples: false) }

  /// Runs a block over all tokens in place and shows it at the sampled rows.
  func runSampling(_ block: ResidualBlock) -> BlockSample? { run(block, samples: true) }

  private func run(_ block: ResidualBlock, samples: Bool) -> BlockSample? {
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count
    let x = view, count = layout.sampled.count
    let sample =
      samples
      ? BlockSample(
        attended: Tensor(uninitialized: [count, inner]), middle: Tensor(uninitialized: [count, width]),
        projected: Tensor(uninitialized: [count, 3 * inner]), sum: Tensor(uninitialized: [count, hidden])) : nil
    forEachGroup { index, group, workspace in
      let rows = group.sequences.count * group.tokens, stream = x.rows(group.rows)
      let memory = [3 * inner, inner, self.width, hidden, self.width].map { Tensor(uninitialized: [rows, $0]) }
      let record = BlockRecord(
        input: stream, queries: nil, projected: Self.matrix(memory[0]), attended: Self.matrix(memory[1]),
        middle: Self.matrix(memory[2]), sum: Self.matrix(memory[3]))
      let output = Self.matrix(memory[4])
      block.forward(record, self.extent(group), into: output, workspace: workspace)
      if let sample {
        let chosen = self.layout.sampledRows(ofGroup: index), place = self.layout.sampledOfGroup[index]
        for (source, target) in [
          (record.attended, sample.attended), (record.middle, sample.middle), (record.projected, sample.projected),
          (record.sum, sample.sum),
        ] { RowOperator.gather(source, rows: chosen, into: Self.matrix(target).rows(place)) }
      }
      stream.start.update(from: output.start, count: rows * self.width)
      withExtendedLifetime(memory) {}
    }
    return sample
  }

  /// The heads' outputs of all tokens, `[tokens, inner]`.
  func attended(_ block: ResidualBlock) -> Tensor {
    let inner = block.attention.inner, result = Tensor(uninitialized: [layout.rows, inner]), x = view
    forEachGroup { _, group, workspace in
      let stream = x.rows(group.rows)
      let normalized = workspace.matrix(.normalized, rows: stream.rows, columns: stream.columns)
      block.attentionNorm.apply(stream, into: normalized, lanes: .single)
      block.attention.attend(
        normalized, sequences: group.sequences.count, isCausal: self.isCausal,
        into: Self.matrix(result).rows(group.rows), workspace: workspace)
    }
    return result
  }

  /// Adds `scale * (attended W^T + b)` to the stream.
  func addAttention(_ attended: Tensor, _ block: ResidualBlock) {
    addBranch(block.attention.output.bias, block.attentionScale) { group, target, _ in
      LinearOperator.forward(
        Self.matrix(attended).rows(group.rows), weight: block.attention.output.weightView, into: target, lanes: .single)
    }
  }

  /// Adds the feed-forward branch to the stream.
  func addFeedForward(_ block: ResidualBlock) {
    let x = view
    addBranch(block.feedForward.contraction.bias, block.feedForwardScale) { group, target, workspace in
      let stream = x.rows(group.rows)
      let normalized = workspace.matrix(.normalized, rows: stream.rows, columns: stream.columns)
      block.feedForwardNorm.apply(stream, into: normalized, lanes: .single)
      block.feedForward.apply(normalized, into: target, accumulating: false, workspace: workspace)
    }
  }

  private func addBranch(
    _ bias: Tensor, _ scale: Tensor?, _ branch: (TrainingPlan.Group, MatrixView, Workspace) -> Void
  ) {
    let x = view
    forEachGroup { _, group, workspace in
      let stream = x.rows(group.rows)
      let target = workspace.matrix(.branch, rows: stream.rows, columns: stream.columns)
      branch(group, target, workspace)
      if let scale {
        RowOperator.addResidual(stream, bias: bias.pointer, scale: scale.pointer, to: target)
      } else {
        RowOperator.addResidual(stream, bias: bias.pointer, to: target)
      }
      stream.start.update(from: target.start, count: stream.rows * stream.columns)
    }
  }

  /// Features `[sequences, embed]`, not normalized, in the order of the sequences.
  func features(_ tower: Tower) -> Tensor {
    let embed = tower.embedDimension, result = Tensor(uninitialized: [layout.sequences, embed])
    let x = view, readsOne = tower.readsOneToken
    forEachGroup { _, group, workspace in
      let count = group.sequences.count
      let features = Tensor(uninitialized: [count, embed])
      var asking = x.rows(group.rows)
      let rows = Tensor(uninitialized: [count, self.width])
      if readsOne {
        asking = Self.matrix(rows)
        RowOperator.gather(x, rows: group.sequences.map { self.layout.readRows[$0] }, into: asking)
      }
      tower.read(asking, tokens: group.tokens, into: Self.matrix(features), workspace)
      for (index, sequence) in group.sequences.enumerated() {
        (result.mutablePointer + sequence * embed).update(from: features.pointer + index * embed, count: embed)
      }
      withExtendedLifetime((features, rows)) {}
    }
    return result
  }

  /// The rows that the projection reads, `[sequences, width]`, in the order of the sequences.
  func pooled(_ tower: Tower) -> Tensor {
    let result = Tensor(uninitialized: [layout.sequences, width]), x = view
    forEachGroup { _, group, workspace in
      let count = group.sequences.count, rows = Tensor(uninitialized: [count, self.width])
      var asking = x.rows(group.rows)
      if tower.readsOneToken {
        asking = Self.matrix(rows)
        RowOperator.gather(x, rows: group.sequences.map { self.layout.readRows[$0] }, into: asking)
      }
      let pooled = tower.pooled(asking, sequences: count, workspace)
      for (index, sequence) in group.sequences.enumerated() {
        (result.mutablePointer + sequence * self.width).update(
          from: pooled.start + index * self.width, count: self.width)
      }
      withExtendedLifetime(rows) {}
    }
    return result
  }

  private func extent(_ group: TrainingPlan.Group) -> SequenceExtent {
    SequenceExtent(sequences: group.sequences.count, tokens: group.tokens, isCausal: isCausal, positions: nil)
  }

  private func forEachGroup(_ body: (Int, TrainingPlan.Group, Workspace) -> Void) {
    let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single) }
    let groups = layout.groups
    pool.forEach(groups.count) { index, worker in body(index, groups[index], workspaces[worker]) }
  }
}
