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
    /// `[samples, hidden]`: the hidden layer, before a norm of its own.
    var hidden: Tensor
    /// `[samples, hidden]`: the hidden layer before bias and activation.
    var sum: Tensor
    /// `[samples, hidden]`: the gate before its bias; of no meaning where there is none.
    var gate: Tensor
  }

  /// Runs a block over all tokens in place.
  func run(_ block: ResidualBlock) { _ = run(block, samples: false) }

  /// Runs a block over all tokens in place and shows it at the sampled rows.
  func runSampling(_ block: ResidualBlock) -> BlockSample? { run(block, samples: true) }

  private func run(_ block: ResidualBlock, samples: Bool) -> BlockSample? {
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count
    let count = layout.sampled.count
    let sample =
      samples
      ? BlockSample(
        attended: Tensor(uninitialized: [count, inner]), middle: Tensor(uninitialized: [count, width]),
        projected: Tensor(uninitialized: [count, 3 * inner]), hidden: Tensor(uninitialized: [count, hidden]),
        sum: Tensor(uninitialized: [count, hidden]), gate: Tensor(uninitialized: [count, hidden])) : nil
    forEachGroup(block) { index, record, floats, stream in
      block.run(&stream, in: floats)
      guard let sample else { return }
      let chosen = self.layout.sampledRows(ofGroup: index), place = self.layout.sampledOfGroup[index]
      for (source, target) in [
        (record.attended, sample.attended), (record.middle, sample.middle), (record.projected, sample.projected),
        (record.sum, sample.sum), (record.gate ?? record.sum, sample.gate),
      ] { RowOperator.gather(source, rows: chosen, into: Self.matrix(target).rows(place)) }
      block.feedForward.activate(record, into: record.sum)
      RowOperator.gather(record.sum, rows: chosen, into: Self.matrix(sample.hidden).rows(place))
      let tokens = self.layout.groups[index].tokens
      block.attention.turnBack(Self.matrix(sample.projected).rows(place)) { chosen[$0] % tokens }
    }
    return sample
  }

  /// The heads' outputs of all tokens, `[tokens, inner]`.
  func attended(_ block: ResidualBlock) -> Tensor {
    let result = Tensor(uninitialized: [layout.rows, block.attention.inner])
    forEachGroup(block) { index, _, floats, stream in
      let heads = block.attended(&stream, in: floats)
      Self.matrix(result).rows(self.layout.groups[index].rows).start.update(
        from: heads.start, count: heads.rows * heads.columns)
    }
    return result
  }

  /// Adds what the heads' outputs give to the stream.
  func addAttention(_ attended: Tensor, _ block: ResidualBlock) {
    forEachGroup(block) { index, _, floats, stream in
      block.add(Self.matrix(attended).rows(self.layout.groups[index].rows), to: &stream, in: floats)
    }
  }

  /// Adds the feed-forward branch to the stream.
  func addFeedForward(_ block: ResidualBlock) {
    forEachGroup(block) { _, _, floats, stream in block.runBranch(1, &stream, in: floats) }
  }

  /// Features `[sequences, embed]`, not normalized, in the order of the sequences.
  func features(_ tower: Tower) -> Tensor {
    read(tower, columns: tower.embedDimension) { rows, target, workspace in
      tower.read(rows, into: target, workspace)
    }
  }

  /// The rows that the projection reads, `[sequences, width]`, in the order of the sequences.
  func pooled(_ tower: Tower) -> Tensor {
    read(tower, columns: width) { rows, target, workspace in
      let pooled = tower.pooled(rows, sequences: target.rows, workspace)
      target.start.update(from: pooled.start, count: pooled.rows * pooled.columns)
    }
  }

  /// What a tower makes of the stream, `[sequences, columns]`.
  private func read(
    _ tower: Tower, columns: Int, _ body: (_ rows: MatrixView, _ target: MatrixView, Workspace) -> Void
  ) -> Tensor {
    let result = Tensor(uninitialized: [layout.sequences, columns]), x = view
    forEachGroup { _, group, workspace in
      let count = group.sequences.count, memory = MatrixMemory()
      let target = memory.matrix(count, columns)
      var rows = x.rows(group.rows)
      if tower.readsOneToken {
        rows = memory.matrix(count, self.width)
        RowOperator.gather(x, rows: group.sequences.map { self.layout.readRows[$0] }, into: rows)
      }
      if let pool = tower.transformer.pool {
        var stream = InferenceArithmetic.Stream(rows: rows)
        let floats = InferenceArithmetic(workspace, self.extent(group, .learned))
        pool.run(&stream, in: floats)
        floats.settle(&stream)
        rows = stream.rows
      }
      body(rows, target, workspace)
      for (index, sequence) in group.sequences.enumerated() {
        (result.mutablePointer + sequence * columns).update(from: target.start + index * columns, count: columns)
      }
      withExtendedLifetime(memory) {}
    }
    return result
  }

  /// Runs a part of a block over each group; what its stream ends as becomes the stream.
  private func forEachGroup(
    _ block: ResidualBlock,
    _ body: (_ group: Int, _ record: BlockRecord, RecordingArithmetic, _ stream: inout MatrixView) -> Void
  ) {
    let x = view
    forEachGroup { index, group, workspace in
      let memory = MatrixMemory(), input = x.rows(group.rows)
      let record = BlockRecord(block, input: input, asking: nil, in: memory)
      let output = memory.matrix(input.rows, input.columns)
      var stream = input
      body(index, record, RecordingArithmetic(record, output: output, self.extent(group, .all), workspace), &stream)
      if stream.start != input.start {
        input.start.update(from: stream.start, count: input.rows * input.columns)
      }
      withExtendedLifetime(memory) {}
    }
  }

  private func extent(_ group: TrainingPlan.Group, _ asking: SequenceExtent.Asking) -> SequenceExtent {
    SequenceExtent(sequences: group.sequences.count, tokens: group.tokens, isCausal: isCausal, asking: asking)
  }

  private func forEachGroup(_ body: (Int, TrainingPlan.Group, Workspace) -> Void) {
    let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single) }
    let groups = layout.groups
    pool.forEach(groups.count) { index, worker in body(index, groups[index], workspaces[worker]) }
  }
}
