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
      // One record serves all chunks; the largest is not always the first.
      for chunk in plan.chunks {
        let record = newRecord(chunk)
        pool.forEach(chunk.groups.count) { index, worker in
          run(chunk.groups[index], record, features: target, workspaces[worker])
        }
      }
    } else {
      records = plan.chunks.map(newRecord)
      let tasks = plan.chunks.indices.flatMap { chunk in plan.chunks[chunk].groups.indices.map { (chunk, $0) } }
      pool.forEach(tasks.count) { task, worker in
        let (chunk, group) = tasks[task]
        run(plan.chunks[chunk].groups[group], records[chunk], features: target, workspaces[worker])
      }
    }
    return features.tensor()
  }

  /// Adds the gradients of the tower's parameters.
  ///
  /// - Parameters:
  ///   - dFeatures: `[batch, embed]`
  ///   - gradients: beside the tower's parameters; added to
  ///   - firstBlock: blocks before this one, and what stands before the blocks, get no gradient; nil trains everything
  package func backward(_ dFeatures: Tensor, gradients: ParameterBlock, firstBlock: Int? = nil) {
    for (number, chunk) in plan.chunks.enumerated() {
      let record: TowerRecord
      if recomputes {
        record = newRecord(chunk)
        pool.forEach(chunk.groups.count) { index, worker in
          run(chunk.groups[index], record, features: nil, workspaces[worker])
        }
      } else {
        record = records[number]
      }
      backward(chunk, record, dFeatures, gradients: gradients, firstBlock: firstBlock)
    }
    records = []
    for block in tower.transformer.chain.dropFirst(firstBlock ?? 0) { block.finishLayerScales(gradients) }
  }

  private func newRecord(_ chunk: TrainingPlan.Chunk) -> TowerRecord {
    TowerRecord(
      tower.transformer, rows: chunk.rows, sequences: chunk.sequences, keepsEmbedded: tower.firstNorm != nil,
      keepsHalves: products == .bfloat16, returnsMemory: returnsMemory)
  }

  private func extent(_ group: TrainingPlan.Group, block number: Int) -> SequenceExtent {
    tower.transformer.extent(
      number, sequences: group.sequences.count, tokens: group.tokens,
      positions: group.sequences.map { tower.position(of: $0, in: input) })
  }

  /// Runs one group through the tower on the calling thread.
  private func run(
    _ group: TrainingPlan.Group, _ record: TowerRecord, features: MatrixView?, _ workspace: Workspace
  ) {
    MatrixMemory.lend { memory in
      // Where halves are kept, floats live for a block only.
      let width = tower.transformer.width, count = group.rows.count, chain = tower.transformer.chain
      let isHalved = record.half(0) != nil
      let own = isHalved ? [memory.matrix(count, width), memory.matrix(count, width)] : []
      let first = isHalved ? own[0] : (record.blocks.first?.input ?? record.output).rows(group.rows)
      workspace.lanes.rounding = rounding?.ends
      tower.begin(
        input, group.sequences, tokens: group.tokens, embedded: record.embedded?.rows(group.rows), into: first,
        workspace)
      for (number, block) in chain.enumerated() {
        let asking = asking(group, number), isLast = number + 1 == chain.count
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
            block, input: own[number % 2], asking: isPooled ? group.sequences.count : nil, in: memory)
          run(part, isLast ? record.output.rows(asking) : own[(number + 1) % 2])
          half.keep(part, rows: group.rows, asking: asking)
        }
      }
    }
    workspace.lanes.rounding = rounding?.ends
    guard let features else { return }
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

  private func backward(
    _ chunk: TrainingPlan.Chunk, _ record: TowerRecord, _ dFeatures: Tensor, gradients: ParameterBlock,
    firstBlock: Int?
  ) {
    let chain = tower.transformer.chain
    let memory = TowerGradientRecord(
      tower.transformer, rows: chunk.rows, sequences: chunk.sequences, groups: chunk.groups.count)
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
        pool.forEach(chunk.groups.count) { index, worker in
          let group = chunk.groups[index], asking = asking(group, number)
          workspaces[worker].lanes.rounding = rounding?.blocks[number]
          let part = kept.part(rows: group.rows, asking: asking)
          half?.give(part, rows: group.rows, asking: asking)
          block.backward(
            part, work.part(rows: group.rows, asking: asking), extent(group, block: number),
            dOutput: upstream.rows(asking),
            dInput: target.rows(group.rows), small: memory.small.start + index * count, workspace: workspaces[worker])
        }
        let parts = block.weightParts(kept, work, dOutput: upstream, gradients: gradients, in: products)
        pool.forEach(parts.count + 1) { index in
          if index < parts.count {
            parts[index].run()
          } else {
            block.addSmallGradients(chunk.groups.indices.map { memory.small.start + $0 * count }, to: gradients)
          }
        }
      }
      record.release(number)
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
