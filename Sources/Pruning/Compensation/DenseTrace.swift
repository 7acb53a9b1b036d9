import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPTensors

/// What a whole tower does on a calibration set, block by block: what cut towers are fitted to.
///
/// It is the same for every cut of a model. Where it is held, each block runs once for all of them; else a trace is good for
/// one way from the first block to the last.
final class DenseTrace<Tower: TrainableTower> {
  /// What a block shows at the sampled rows.
  struct Block {
    /// `[samples, width]`: the stream between the branches.
    let middle: Tensor
    /// `[samples, 3 inner]`: queries, keys and values, their bias not yet added.
    let projected: Tensor
    /// `[samples, hidden]`: the hidden layer before bias and activation.
    let sum: Tensor
    /// `[samples, hidden]`: the gate before its bias; nil where there is none.
    let gate: Tensor?
  }

  let layout: TokenLayout
  private let tower: Tower
  private let isHeld: Bool
  /// nil where all that it could say is held.
  private var stream: TowerStream<Tower>?
  private var ran = 0
  /// Held: the stream before each block and after the last. Not held: the one looked at last.
  private var inputs: [Int: Tensor] = [:]
  private var blocks: [Block] = []
  private var end: (readRows: Tensor?, features: Tensor)?

  init(_ tower: Tower, _ input: Tower.Input, _ layout: TokenLayout, isHeld: Bool, on pool: ThreadPool) {
    self.tower = tower
    self.layout = layout
    self.isHeld = isHeld
    stream = TowerStream(tower, input, layout, on: pool)
  }

  /// The memory that a held one takes, in bytes.
  static func bytes(_ tower: Tower, _ layout: TokenLayout) -> Double {
    let width = tower.transformer.width
    let columns = tower.transformer.blocks.reduce(width) { sum, block in
      let hidden = block.feedForward.expansion.bias.count
      return sum + 2 * width + 3 * block.attention.inner + hidden * (block.feedForward.gate == nil ? 1 : 2)
    }
    return 4 * Double(columns) * Double(layout.sampled.count)
  }

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

  /// What a block shows of itself. Of a trace that is not held each can be asked for once, in order.
  func block(_ layer: Int) -> Block {
    if isHeld {
      run(to: layer + 1)
      return blocks[layer]
    }
    run(to: layer)
    ran += 1
    return shown(layer)
  }

  /// The rows that are read of each sequence after the last block, `[sequences, width]`; nil where a tower reads all rows.
  func readRows() -> Tensor? { ending().readRows }

  /// Features `[sequences, embed]`, not normalized.
  func features() -> Tensor { ending().features }

  private func ending() -> (readRows: Tensor?, features: Tensor) {
    if let end { return end }
    run(to: tower.transformer.blocks.count)
    _ = isHeld ? input(tower.transformer.blocks.count) : nil
    guard let stream else { return (nil, Tensor(zeros: [layout.sequences, tower.embedDimension])) }
    let found = (tower.readsOneToken ? stream.readRows() : nil, stream.features(tower))
    end = found
    if isHeld { self.stream = nil }
    return found
  }

  private func run(to layer: Int) {
    while ran < layer {
      if isHeld {
        _ = input(ran)
        blocks.append(shown(ran))
      } else {
        stream?.run(tower.transformer.blocks[ran])
      }
      ran += 1
    }
  }

  private func shown(_ layer: Int) -> Block {
    let block = tower.transformer.blocks[layer]
    guard let shown = stream?.runSampling(block) else {
      let none = Tensor(zeros: [layout.sampled.count, tower.transformer.width])
      return Block(middle: none, projected: none, sum: none, gate: nil)
    }
    return Block(
      middle: shown.middle, projected: shown.projected, sum: shown.sum,
      gate: block.feedForward.gate == nil ? nil : shown.gate)
  }
}
