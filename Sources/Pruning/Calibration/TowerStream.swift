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
  /// The stream, `[tokens, width]`, to be read and changed in place.
  let view: MatrixView
  private let memory = MatrixMemory()

  /// The stream before a tower's first block.
  init(_ tower: Tower, _ input: Tower.Input, _ layout: TokenLayout, on pool: ThreadPool) {
    self.layout = layout
    self.pool = pool
    width = tower.transformer.width
    isCausal = tower.transformer.isCausal
    view = memory.matrix(layout.rows, width)
    forEachGroup { _, group, workspace in
      tower.begin(input, group.sequences, tokens: group.tokens, into: view.rows(group.rows), workspace)
    }
  }

  /// The same stream, to go another way from here.
  func copy() -> TowerStream { TowerStream(self) }

  private init(_ other: TowerStream) {
    layout = other.layout
    pool = other.pool
    width = other.width
    isCausal = other.isCausal
    view = memory.matrix(layout.rows, width)
    view.set(other.view)
  }

  /// The sampled rows as they stand, `[samples, width]`.
  func sample() -> Tensor { gathered(layout.sampled) }

  /// The rows that are read of each sequence as they stand, `[sequences, width]`.
  func readRows() -> Tensor { gathered(layout.readRows) }

  private func gathered(_ rows: [Int]) -> Tensor {
    let result = FreshTensor([rows.count, width])
    RowOperator.gather(view, rows: rows, into: result.matrix)
    return result.tensor()
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
  func run(_ block: ResidualBlock) { forEachGroup(block) { _, _, floats, stream in block.run(&stream, in: floats) } }

  /// Runs a block over all tokens in place and shows it at the sampled rows.
  func runSampling(_ block: ResidualBlock) -> BlockSample {
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count, count = layout.sampled.count
    let attended = FreshTensor([count, inner]), middle = FreshTensor([count, width])
    let projected = FreshTensor([count, 3 * inner]), active = FreshTensor([count, hidden])
    let sum = FreshTensor([count, hidden]), gate = FreshTensor([count, hidden])
    forEachGroup(block) { index, record, floats, stream in
      block.run(&stream, in: floats)
      let chosen = layout.sampledRows(ofGroup: index), place = layout.sampledOfGroup[index]
      func show(_ source: MatrixView, _ target: MatrixView) {
        RowOperator.gather(source, rows: chosen, into: target.rows(place))
      }
      show(record.attended, attended.matrix)
      show(record.middle, middle.matrix)
      show(record.projected, projected.matrix)
      show(record.sum, sum.matrix)
      show(record.gate ?? record.sum, gate.matrix)
      if block.hasFeedForward { block.feedForward.activate(record, into: record.sum) }
      show(record.sum, active.matrix)
      let tokens = layout.groups[index].tokens
      block.attention.turnBack(projected.matrix.rows(place)) { chosen[$0] % tokens }
    }
    return BlockSample(
      attended: attended.tensor(), middle: middle.tensor(), projected: projected.tensor(), hidden: active.tensor(),
      sum: sum.tensor(), gate: gate.tensor())
  }

  /// The heads' outputs of all tokens, `[tokens, inner]`.
  func attended(_ block: ResidualBlock) -> Tensor {
    let result = FreshTensor([layout.rows, block.attention.inner])
    forEachGroup(block) { index, _, floats, stream in
      result.matrix.rows(layout.groups[index].rows).set(block.attended(&stream, in: floats))
    }
    return result.tensor()
  }

  /// Adds what the heads' outputs give to the stream.
  func addAttention(_ attended: Tensor, _ block: ResidualBlock) {
    forEachGroup(block) { index, _, floats, stream in
      block.add(attended.reading.rows(layout.groups[index].rows), to: &stream, in: floats)
    }
  }

  /// Adds the feed-forward branch to the stream.
  func addFeedForward(_ block: ResidualBlock) {
    guard block.hasFeedForward else { return }
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
      target.set(tower.pooled(rows, sequences: target.rows, workspace))
    }
  }

  /// What a tower makes of the stream, `[sequences, columns]`.
  private func read(
    _ tower: Tower, columns: Int, _ body: (_ rows: MatrixView, _ target: MatrixView, Workspace) -> Void
  ) -> Tensor {
    let result = FreshTensor([layout.sequences, columns])
    forEachGroup { _, group, workspace in
      let count = group.sequences.count
      MatrixMemory.lend { memory in
        let target = memory.matrix(count, columns)
        var rows = view.rows(group.rows)
        if tower.readsOneToken {
          rows = memory.matrix(count, width)
          RowOperator.gather(view, rows: group.sequences.map { layout.readRows[$0] }, into: rows)
        }
        if let pool = tower.transformer.pool {
          var stream = InferenceArithmetic.Stream(rows: rows)
          let floats = InferenceArithmetic(workspace, extent(group, .learned))
          pool.run(&stream, in: floats)
          stream.settle()
          rows = stream.rows
        }
        body(rows, target, workspace)
        for (index, sequence) in group.sequences.enumerated() {
          result.matrix.rows(sequence..<sequence + 1).set(target.rows(index..<index + 1))
        }
      }
    }
    return result.tensor()
  }

  /// Runs a part of a block over each group; what its stream ends as becomes the stream.
  private func forEachGroup(
    _ block: ResidualBlock,
    _ body: (_ group: Int, _ record: BlockRecord, RecordingArithmetic, _ stream: inout MatrixView) -> Void
  ) {
    forEachGroup { index, group, workspace in
      MatrixMemory.lend { memory in
        let input = view.rows(group.rows), output = memory.matrix(group.rows.count, width)
        let record = BlockRecord(block, input: input, asking: nil, in: memory)
        var stream = input
        body(index, record, RecordingArithmetic(record, output: output, extent(group, .all), workspace), &stream)
        if stream.start != input.start { input.set(stream) }
      }
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
