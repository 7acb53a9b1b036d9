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
  /// What products are computed in.
  let products: ProductArithmetic
  /// The stream, `[tokens, width]`, to be read and changed in place.
  let view: MatrixView
  private let memory = MatrixMemory()

  /// The stream before a tower's first block.
  init(
    _ tower: Tower, _ input: Tower.Input, _ layout: TokenLayout, in products: ProductArithmetic, on pool: ThreadPool
  ) {
    self.layout = layout
    self.pool = pool
    self.products = products
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
    products = other.products
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
    /// `[samples, width]`: the stream between the branches.
    let middle: Tensor
    /// `[samples, inner]`: the heads' outputs; no rows where they were not asked for.
    let attended: Tensor
    /// `[samples, hidden]`: the hidden layer, before a norm of its own; no rows where it was not asked for.
    let hidden: Tensor
  }

  /// Runs a block over all tokens in place.
  func run(_ block: ResidualBlock) {
    let block = laidOut(block)
    forEachGroup(block) { _, _, floats, stream in block.run(&stream, in: floats) }
  }

  /// Runs a block over all tokens in place and shows it at the sampled rows.
  /// - Parameter isWhole: shows heads' outputs and hidden layer, too
  func runSampling(_ block: ResidualBlock, isWhole: Bool) -> BlockSample {
    let block = laidOut(block), count = layout.sampled.count
    let others = isWhole ? count : 0, middle = FreshTensor([count, width])
    let attended = FreshTensor([others, block.attention.inner])
    let hidden = FreshTensor([others, block.feedForward.expansion.bias.count])
    forEachGroup(block) { index, record, floats, stream in
      block.run(&stream, in: floats)
      let chosen = layout.sampledRows(ofGroup: index), place = layout.sampledOfGroup[index]
      func show(_ source: MatrixView, _ target: MatrixView) {
        RowOperator.gather(source, rows: chosen, into: target.rows(place))
      }
      show(record.middle, middle.matrix)
      guard isWhole else { return }
      show(record.attended, attended.matrix)
      if block.hasFeedForward { block.feedForward.activate(record, into: record.sum) }
      show(record.sum, hidden.matrix)
    }
    return BlockSample(middle: middle.tensor(), attended: attended.tensor(), hidden: hidden.tensor())
  }

  /// The heads' outputs of all tokens, `[tokens, inner]`.
  func attended(_ block: ResidualBlock) -> Tensor {
    let block = laidOut(block), result = FreshTensor([layout.rows, block.attention.inner])
    forEachGroup(block) { index, _, floats, stream in
      result.matrix.rows(layout.groups[index].rows).set(block.attended(&stream, in: floats))
    }
    return result.tensor()
  }

  /// Adds what the heads' outputs give to the stream.
  func addAttention(_ attended: Tensor, _ block: ResidualBlock) {
    let block = laidOut(block)
    forEachGroup(block) { index, _, floats, stream in
      block.add(attended.reading.rows(layout.groups[index].rows), to: &stream, in: floats)
    }
  }

  /// Adds the feed-forward branch to the stream.
  /// - Parameter hidden: what its last matrix reads at the sampled rows, which serves where those are all
  func addFeedForward(_ block: ResidualBlock, hidden: Tensor) {
    guard block.hasFeedForward else { return }
    let block = laidOut(block), isKnown = layout.sampled.count == layout.rows
    forEachGroup(block) { index, _, floats, stream in
      if isKnown {
        floats.add(
          hidden.reading.rows(layout.groups[index].rows), block.feedForward.contraction, scale: block.feedForwardScale,
          at: .contraction, to: &stream)
      } else {
        block.runBranch(1, &stream, in: floats)
      }
    }
  }

  /// What a block's last matrix reads of rows between its branches, `[rows, hidden]`.
  /// - Parameter middle: `[rows, width]`
  func hidden(_ block: ResidualBlock, _ middle: Tensor) -> Tensor {
    let block = laidOut(block), layer = block.feedForward, count = middle.shape[0]
    let result = FreshTensor([count, layer.expansion.bias.count]), target = result.matrix, source = middle.reading
    let part = TrainingPlan.Size(width: width).rowsPerGroup
    let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single(products)) }
    pool.forEach((count + part - 1) / part) { index, worker in
      let rows = index * part..<min((index + 1) * part, count), workspace = workspaces[worker]
      let floats = InferenceArithmetic(
        workspace, SequenceExtent(sequences: rows.count, tokens: 1, isCausal: false))
      let inputs = workspace.matrix(.normalized, rows: rows.count, columns: width)
      block.feedForwardNorm.apply(source.rows(rows), into: inputs, lanes: workspace.lanes)
      var found = floats.expand(inputs, layer)
      if let norm = layer.innerNorm { found = floats.norm(found, norm, at: .hiddenNorm) }
      target.rows(rows).set(found)
    }
    return result.tensor()
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

  /// The rows from which on laying weights out costs less than it saves.
  private static var manyRows: Int { 2048 }

  /// A block with its weights, as they are now, laid out for products.
  private func laidOut(_ block: ResidualBlock) -> ResidualBlock {
    guard layout.rows >= Self.manyRows else { return block }
    var copy = block
    copy.pack(in: products, asksApart: false)
    return copy
  }

  private func extent(_ group: TrainingPlan.Group, _ asking: SequenceExtent.Asking) -> SequenceExtent {
    SequenceExtent(sequences: group.sequences.count, tokens: group.tokens, isCausal: isCausal, asking: asking)
  }

  private func forEachGroup(_ body: (Int, TrainingPlan.Group, Workspace) -> Void) {
    let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single(products)) }
    let groups = layout.groups
    pool.forEach(groups.count) { index, worker in body(index, groups[index], workspaces[worker]) }
  }
}
