package import CLIPCompute
package import CLIPLayers
package import CLIPTensors

/// One batch's way through a tower, forwards and then backwards.
///
///     let pass = TowerPass(model.vision, images, recomputes: false, on: pool)
///     let features = pass.forward()
///     ... the loss's gradient with respect to the features ...
///     pass.backward(dFeatures, gradients: gradients)
///
/// In bfloat16 activations are kept in it too: the backward pass sees them rounded, as most products do anyway. When
/// activations are recomputed only one chunk's are in memory at a time: the forward pass keeps none, the backward
/// pass runs each chunk forwards again. Features and gradients are the same bits either way.
package final class TowerPass<Tower: TrainableTower> {
  private let tower: Tower
  private let input: Tower.Input
  private let recomputes: Bool
  private let products: ProductArithmetic
  private let rounding: TowerRounding?
  private let returnsMemory: Bool
  private let pool: ThreadPool
  private let plan: TrainingPlan
  private let workspaces: [Workspace]
  private var records: [TowerRecord] = []
  /// In whose memory blocks keep what they keep: the gradients', which are written after the last use of that.
  private var lender: (block: ParameterBlock, entries: [Range<Int>])?
  private let batch: Int

  /// - Parameter returnsMemory: whether kept activations go back to the system, block by block
  package init(
    _ tower: Tower, _ input: Tower.Input, recomputes: Bool, in products: ProductArithmetic = .float32,
    rounding: TowerRounding? = nil, returnsMemory: Bool = false, on pool: ThreadPool
  ) {
    self.rounding = rounding
    self.returnsMemory = returnsMemory
    self.products = products
    self.tower = tower
    self.input = input
    self.recomputes = recomputes
    self.pool = pool
    let lengths = tower.lengths(of: input)
    batch = lengths.count
    plan = TrainingPlan(lengths: lengths, TrainingPlan.Size(width: tower.transformer.width))
    workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single(products)) }
  }

  /// Features `[batch, embed]`, not normalized.
  package func forward() -> Tensor {
    let features = FreshTensor([batch, tower.embedDimension]), target = features.matrix
    if recomputes {
      // One chunk's record at a time.
      for chunk in plan.chunks { run([(chunk, newRecord(chunk))], features: target) }
    } else {
      records = plan.chunks.map(newRecord)
      run(Array(zip(plan.chunks, records)), features: target)
    }
    return features.tensor()
  }

  /// Adds the gradients of the tower's parameters.
  ///
  /// - Parameters:
  ///   - dFeatures: `[batch, embed]`
  ///   - gradients: beside the tower's parameters; added to
  ///   - firstBlock: blocks before this one, and what stands before the blocks, get no gradient; nil trains everything
  ///   - finished: told which entries are a block's, as soon as nothing more is added to them
  package func backward(
    _ dFeatures: Tensor, gradients: ParameterBlock, firstBlock: Int? = nil, finished: ((Range<Int>) -> Void)? = nil
  ) {
    for (number, chunk) in plan.chunks.enumerated() {
      let record: TowerRecord
      if recomputes {
        record = newRecord(chunk)
        run([(chunk, record)], features: nil)
      } else {
        record = records[number]
      }
      let isLast = number + 1 == plan.chunks.count
      backward(chunk, record, dFeatures, gradients: gradients, firstBlock: firstBlock) { [tower] number in
        guard isLast else { return }
        tower.transformer.chain[number].finishLayerScales(gradients)
        finished?(gradients.entries(of: tower.transformer.path(number)))
      }
    }
    records = []
  }

  /// The entries of each block of the tower in a block of gradients, where their memory can hold what blocks keep: in
  /// large models much of what a batch keeps. Nil where it cannot.
  package func lent(by gradients: ParameterBlock) -> [Range<Int>]? {
    guard products == .bfloat16, !recomputes, plan.chunks.count == 1 else { return nil }
    return tower.transformer.chain.indices.map { gradients.entries(of: tower.transformer.path($0)) }
  }

  /// Keeps activations in the gradients' memory: they take none of their own, and what is ``lent(by:)`` need not be zero.
  /// - Parameter gradients: written by nobody until the backward pass, which trains all blocks
  package func keep(in gradients: ParameterBlock) { lender = lent(by: gradients).map { (gradients, $0) } }

  private func newRecord(_ chunk: TrainingPlan.Chunk) -> TowerRecord {
    TowerRecord(
      tower.transformer, rows: chunk.rows, sequences: chunk.sequences, keepsEmbedded: tower.firstNorm != nil,
      keepsHalves: products == .bfloat16, returnsMemory: returnsMemory,
      lent: lender.map { lender in lender.entries.map { lender.block.memory(of: $0) } })
  }

  private func extent(_ group: TrainingPlan.Group, block number: Int) -> SequenceExtent {
    tower.transformer.extent(
      number, sequences: group.sequences.count, tokens: group.tokens,
      positions: group.sequences.map { tower.position(of: $0, in: input) })
  }

  /// Bytes of the weights that may lie packed at once in the forward pass: of all blocks of a small tower, of few of a
  /// large one.
  private static var mostPacked: Int { 16 << 20 }

  /// Whether weights are packed once for all groups. Where a group has too few rows for bfloat16 its products are floats.
  private func packs(_ groups: [TrainingPlan.Group]) -> Bool {
    products == .bfloat16 && groups.count > 1
      && groups.allSatisfy { $0.rows.count >= ProductArithmetic.leastExtent }
  }

  /// Blocks that all groups run through before the next ones are packed.
  private func stages(packed: Bool) -> [Range<Int>] {
    let chain = tower.transformer.chain
    guard packed else { return [0..<chain.count] }
    var stages: [Range<Int>] = []
    var bytes = 0
    for (number, block) in chain.enumerated() {
      let own = 2 * block.matrices.reduce(0) { $0 + $1.count }
      if let last = stages.last, bytes + own <= Self.mostPacked {
        stages[stages.count - 1] = last.lowerBound..<number + 1
        bytes += own
      } else {
        stages.append(number..<number + 1)
        bytes = own
      }
    }
    return stages.isEmpty ? [0..<0] : stages
  }

  /// Runs chunks through the tower, a group at a time on a thread.
  private func run(_ chunks: [(TrainingPlan.Chunk, TowerRecord)], features: MatrixView?) {
    let tasks = chunks.indices.flatMap { chunk in chunks[chunk].0.groups.map { (chunk, $0) } }
    let packs = packs(tasks.map(\.1)), chain = tower.transformer.chain
    MatrixMemory.lend { memory in
      // Where halves are kept, floats live for a block only.
      let streams = chunks.map { chunk, record in
        record.keepsHalves ? (0..<2).map { _ in memory.matrix(chunk.rows, tower.transformer.width) } : []
      }
      for stage in stages(packed: packs) {
        MatrixMemory.lend { memory in
          var blocks = Array(chain[stage])
          if packs {
            var list = PackingList(in: memory)
            // A pooled block asks for few rows only.
            for number in stage where !tower.transformer.isPooled(number) {
              blocks[number - stage.lowerBound].pack(&list)
            }
            list.run(on: pool)
          }
          pool.forEach(tasks.count) { task, worker in
            let (chunk, group) = tasks[task]
            run(
              group, blocks, at: stage, chunks[chunk].1, streams: streams[chunk].map { $0.rows(group.rows) },
              workspaces[worker])
            guard let features, stage.upperBound == chain.count else { return }
            read(group, chunks[chunk].1, into: features, workspaces[worker])
          }
        }
      }
    }
  }

  /// Runs one group through some blocks on the calling thread.
  /// - Parameter streams: two of the group's rows, in turns a block's input and output, where halves are kept
  private func run(
    _ group: TrainingPlan.Group, _ blocks: [ResidualBlock], at stage: Range<Int>, _ record: TowerRecord,
    streams: [MatrixView], _ workspace: Workspace
  ) {
    let count = tower.transformer.chain.count
    if stage.lowerBound == 0 {
      workspace.lanes.rounding = rounding?.ends
      tower.begin(
        input, group.sequences, tokens: group.tokens, embedded: record.embedded?.rows(group.rows),
        into: streams.first ?? (record.blocks.first?.input ?? record.output).rows(group.rows), workspace)
    }
    for (block, number) in zip(blocks, stage) {
      let asking = asking(group, number), isLast = number + 1 == count
      let extent = extent(group, block: number)
      workspace.lanes.rounding = rounding?.blocks[number]
      func run(_ part: BlockRecord, _ next: MatrixView) {
        var stream = part.input
        block.run(&stream, in: RecordingArithmetic(part, output: next, extent, workspace))
      }
      guard let half = record.half(number) else {
        let next = isLast ? record.output : record.blocks[number + 1].input
        run(record.blocks[number].part(rows: group.rows, asking: asking), next.rows(asking))
        continue
      }
      MatrixMemory.lend { memory in
        let isPooled = tower.transformer.isPooled(number)
        let part = BlockRecord(
          block, input: streams[number % 2], asking: isPooled ? group.sequences.count : nil, in: memory)
        run(part, isLast ? record.output.rows(asking) : streams[(number + 1) % 2])
        half.keep(part, rows: group.rows, asking: asking)
      }
    }
  }

  /// A group's features from the stream after the last block.
  private func read(
    _ group: TrainingPlan.Group, _ record: TowerRecord, into features: MatrixView, _ workspace: Workspace
  ) {
    workspace.lanes.rounding = rounding?.ends
    let output = record.output.rows(outputRows(group))
    let own = workspace.matrix(.patches, rows: group.sequences.count, columns: features.columns)
    tower.read(output, into: own, workspace)
    for (index, sequence) in group.sequences.enumerated() {
      features.rows(sequence..<sequence + 1).set(own.rows(index..<index + 1))
    }
  }

  private func asking(_ group: TrainingPlan.Group, _ number: Int) -> Range<Int> {
    tower.transformer.isPooled(number) ? group.asking : group.rows
  }

  private func outputRows(_ group: TrainingPlan.Group) -> Range<Int> {
    tower.transformer.chain.indices.last.map { asking(group, $0) } ?? group.rows
  }

  /// What a block keeps as floats: where halves are kept, the backward pass fills it.
  private func floats(
    _ number: Int, _ record: TowerRecord, _ chunk: TrainingPlan.Chunk, in memory: MatrixMemory
  ) -> BlockRecord {
    guard record.half(number) != nil else { return record.blocks[number] }
    return BlockRecord(
      tower.transformer.chain[number], input: memory.matrix(chunk.rows, tower.transformer.width),
      asking: tower.transformer.isPooled(number) ? chunk.sequences : nil, in: memory)
  }

  /// Sets a block's gradients to zero but its matrices', which will be replaced.
  private func clearOthers(of block: ResidualBlock, _ number: Int, _ gradients: ParameterBlock) {
    let matrices = Set(block.matrices.map { gradients.memory(of: $0).start })
    for entry in gradients.entries(of: tower.transformer.path(number))
    where !matrices.contains(gradients.start(gradients.entries[entry])) {
      gradients.memory(of: entry..<entry + 1).update(repeating: 0)
    }
  }

  private func packed(_ block: ResidualBlock, in memory: MatrixMemory) -> BackwardWeights {
    var list = PackingList(in: memory)
    defer { list.run(on: pool) }
    return BackwardWeights(block, &list)
  }

  private func backward(
    _ chunk: TrainingPlan.Chunk, _ record: TowerRecord, _ dFeatures: Tensor, gradients: ParameterBlock,
    firstBlock: Int?, finished: (_ block: Int) -> Void
  ) {
    let chain = tower.transformer.chain
    let memory = TowerGradientRecord(
      tower.transformer, rows: chunk.rows, sequences: chunk.sequences, groups: chunk.groups.count,
      returnsMemory: returnsMemory)
    defer { withExtendedLifetime(memory) {} }
    let own = workspaces[0].matrix(.patches, rows: chunk.sequences, columns: dFeatures.columns)
    RowOperator.gather(dFeatures, rows: chunk.groups.flatMap(\.sequences), into: own)
    workspaces[0].lanes.rounding = rounding?.ends
    var upstream = memory.streams[0].rows(0..<record.output.rows), spare = memory.streams[1]
    tower.readBackward(record.output, dFeatures: own, into: upstream, gradients: gradients, workspaces[0])
    for number in chain.indices.reversed() {
      if number < firstBlock ?? 0 { break }
      let block = chain[number], half = record.half(number)
      let target = MatrixView(spare.start, rows: chunk.rows, columns: spare.columns)
      let count = block.smallGradientCount
      memory.small.start.update(repeating: 0, count: chunk.groups.count * count)
      MatrixMemory.lend { floats in
        let kept = self.floats(number, record, chunk, in: floats), work = memory.work(for: kept)
        let weights = packs(chunk.groups) && !tower.transformer.isPooled(number) ? packed(block, in: floats) : nil
        pool.forEach(chunk.groups.count) { index, worker in
          let group = chunk.groups[index], asking = asking(group, number)
          workspaces[worker].lanes.rounding = rounding?.blocks[number]
          let part = kept.part(rows: group.rows, asking: asking)
          half?.give(part, rows: group.rows, asking: asking)
          block.backward(
            part, work.part(rows: group.rows, asking: asking), extent(group, block: number),
            dOutput: upstream.rows(asking),
            dInput: target.rows(group.rows), small: memory.small.start + index * count, weights: weights,
            workspace: workspaces[worker])
        }
        var list = products == .bfloat16 ? PackingList(in: floats) : nil
        let parts = block.weightParts(
          kept, work, dOutput: upstream, gradients: gradients, in: products, packing: &list)
        list?.run(on: pool)
        if lender != nil { clearOthers(of: block, number, gradients) }
        pool.forEach(parts.count + 1) { index in
          if index < parts.count {
            parts[index].run(replaces: lender != nil)
          } else {
            block.addSmallGradients(chunk.groups.indices.map { memory.small.start + $0 * count }, to: gradients)
          }
        }
      }
      record.release(number)
      finished(number)
      spare = MatrixView(upstream.start, rows: chunk.rows, columns: spare.columns)
      upstream = target
    }
    if firstBlock != nil { return }
    if let norm = tower.firstNorm, let embedded = record.embedded {
      LayerNormOperator.backward(
        upstream, x: embedded, weight: norm.weight, epsilon: norm.epsilon, dx: spare,
        dWeight: gradients.memory(of: norm.weight).start, dBias: gradients.memory(of: norm.bias).start,
        lanes: .pooled(pool))
      upstream = spare
    }
    workspaces[0].lanes.rounding = rounding?.ends
    tower.embedBackward(input, chunk, dx: upstream, gradients: gradients, in: workspaces[0].lanes, on: pool)
  }
}
