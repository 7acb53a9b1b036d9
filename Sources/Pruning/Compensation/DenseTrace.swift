import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPTensors

/// What a whole tower does on a calibration set, block by block: what cut towers are fitted to.
///
/// It is the same for every cut of a model. Where it is held, each block runs once for scores and all cuts together; else a
/// trace is good for one way from the first block to the last.
final class DenseTrace<Tower: TrainableTower> {
  let layout: TokenLayout
  /// What the tower's products are computed in.
  let products: ProductArithmetic
  let isHeld: Bool
  private let tower: Tower
  /// nil where all that it could say is held.
  private var stream: TowerStream<Tower>?
  private var ran = 0
  /// Held: the stream before each block and after the last. Not held: the one looked at last.
  private var inputs: [Int: Tensor] = [:]
  /// Held: the stream between the branches of each block.
  private var middles: [Tensor] = []
  private var end: Ending?

  /// What stands behind the last block.
  struct Ending {
    /// The rows that are read of each sequence, `[sequences, width]`; nil where a tower reads all rows.
    let readRows: Tensor?
    /// What the projection reads, `[sequences, width]`.
    let pooled: Tensor
    /// `[sequences, embed]`, not normalized.
    let features: Tensor
  }

  init(
    _ tower: Tower, _ input: Tower.Input, _ layout: TokenLayout, isHeld: Bool, in products: ProductArithmetic,
    on pool: ThreadPool
  ) {
    self.tower = tower
    self.layout = layout
    self.products = products
    self.isHeld = isHeld
    stream = TowerStream(tower, input, layout, in: products, on: pool)
  }

  /// The memory that a held one takes, in bytes.
  static func bytes(_ tower: Tower, _ layout: TokenLayout) -> Double {
    4 * Double(tower.transformer.width) * Double(2 * tower.transformer.blocks.count + 1) * Double(layout.sampled.count)
  }

  /// Whether no block has run yet.
  var isFresh: Bool { ran == 0 }

  /// The sampled rows before a block, or after the last one, `[samples, width]`.
  func input(_ layer: Int) -> Tensor {
    if let known = inputs[layer] { return known }
    run(to: layer)
    guard let stream else { return Tensor(zeros: [layout.sampled.count, tower.transformer.width]) }
    let sample = stream.sample()
    if !isHeld { inputs = [:] }
    inputs[layer] = sample
    return sample
  }

  /// The sampled rows between a block's branches, `[samples, width]`. Of a trace that is not held each can be asked for
  /// once, in order.
  func middle(_ layer: Int) -> Tensor {
    if isHeld {
      run(to: layer + 1)
      return middles[layer]
    }
    run(to: layer)
    return shown(layer, isWhole: false)?.middle ?? Tensor(zeros: [layout.sampled.count, tower.transformer.width])
  }

  /// Runs all blocks and shows each; of a fresh trace alone.
  func forEachBlock(
    _ body: (_ layer: Int, _ before: Tensor, _ shown: TowerStream<Tower>.BlockSample) throws -> Void
  ) rethrows {
    for layer in tower.transformer.blocks.indices {
      let before = input(layer)
      guard let shown = shown(layer, isWhole: true) else { return }
      try body(layer, before, shown)
    }
  }

  func ending() -> Ending {
    if let end { return end }
    run(to: tower.transformer.blocks.count)
    _ = isHeld ? input(tower.transformer.blocks.count) : nil
    guard let stream else {
      let sequences = layout.sequences
      return Ending(
        readRows: nil, pooled: Tensor(zeros: [sequences, tower.transformer.width]),
        features: Tensor(zeros: [sequences, tower.embedDimension]))
    }
    let found = Ending(
      readRows: tower.readsOneToken ? stream.readRows() : nil, pooled: stream.pooled(tower),
      features: stream.features(tower))
    end = found
    if isHeld { self.stream = nil }
    return found
  }

  private func run(to layer: Int) {
    while ran < layer {
      if isHeld {
        _ = input(ran)
        _ = shown(ran, isWhole: false)
      } else {
        stream?.run(tower.transformer.blocks[ran])
        ran += 1
      }
    }
  }

  /// Runs the next block.
  private func shown(_ layer: Int, isWhole: Bool) -> TowerStream<Tower>.BlockSample? {
    ran += 1
    let shown = stream?.runSampling(tower.transformer.blocks[layer], isWhole: isWhole)
    if isHeld, let shown { middles.append(shown.middle) }
    return shown
  }
}
