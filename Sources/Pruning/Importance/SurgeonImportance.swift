import CLIPModels
import CLIPCompute
import CLIPModelShapes
import CLIPTensors

/// Scores by what cannot be made up for: the error left after everything that stays has been fitted anew.
///
/// Heads and hidden units by ``OptimalSurgeon`` on the layer that reads them, channels on all that read the stream at once,
/// layers by leaving each out: the divergence of the model's affinities from its own before.
public struct SurgeonImportance: ImportanceStrategy {
  static let entry = ImportanceCatalog.Entry(
    "surgeon",
    "error that refitting cannot repair (Optimal Brain Surgeon), layers by leaving out"
  ) { SurgeonImportance() }
  /// `surgeon`, in flags, recipes and reports.
  public var name: String { Self.entry.name }
  /// True: sums over the pairs are added up over ranks, and ranks take the matrices in turn.
  public let isDivisible = true

  /// The strategy; it has no parameters.
  public init() {}

  /// Scores from one pass of the pairs, and from more with each layer left out.
  /// - Throws: ``InputError`` without pairs; `CancellationError` when asked to stop.
  public func importance(_ context: RankingContext) throws -> Importance {
    let ablation = try LayerAblation(context)
    return Importance(
      vision: try known("vision", context.configuration.vision, context) {
        try scores(context.model.vision, context.configuration.vision, context.statistics().vision, context)
      }.with(layers: ablation.vision),
      text: try known("text", context.configuration.text, context) {
        try scores(context.model.text, context.configuration.text, context.statistics().text, context)
      }.with(layers: ablation.text),
      embedding: try context.scores("embedding", count: context.configuration.embedDimension) {
        try context.statistics().embeddingVariance
      })
  }

  /// Scores that do not depend on the shape that is wanted: found once, and kept.
  private func known(
    _ tower: String, _ shape: some TowerConfiguration, _ context: RankingContext, _ find: () throws -> TowerImportance
  ) throws -> TowerImportance {
    let zeros = TowerImportance(zerosFor: shape)
    let parts = [[zeros.channels], zeros.heads, zeros.units].map { $0.flatMap { $0 } }
    let all = try context.scores("\(tower).parts", count: parts.reduce(0) { $0 + $1.count }) {
      let found = try find()
      return found.channels + found.heads.flatMap { $0 } + found.units.flatMap { $0 }
    }
    var rest = all[...], scores = zeros
    func next(_ count: Int) -> [Double] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    scores.channels = next(zeros.channels.count)
    scores.heads = zeros.heads.map { next($0.count) }
    scores.units = zeros.units.map { next($0.count) }
    return scores
  }

  private func scores<Tower: TrainableTower>(
    _ tower: Tower, _ shape: some TowerConfiguration, _ statistics: TowerStatistics, _ context: RankingContext
  ) throws -> TowerImportance {
    var scores = TowerImportance(zerosFor: shape)
    let blocks = tower.transformer.blocks, ridge = CompensationOptions().ridge
    let tasks = blocks.count * 2 + 1
    var results = [[Double]](repeating: [], count: tasks)
    try context.checkStop()
    // Of several ranks each does its turn of the tasks: the stream, then layers' units, then heads, which take least.
    let order = [0] + Array(stride(from: 1, to: tasks, by: 2)) + Array(stride(from: 2, to: tasks, by: 2))
    let turn =
      context.ranks.map { ranks in stride(from: ranks.rank, to: tasks, by: ranks.count).map { order[$0] } }
      ?? Array(0..<tasks)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      // The longest, over the whole stream, first.
      context.pool.forEach(turn.count) { index in
        let task = turn[index]
        if task == 0 {
          results[0] = Self.channelScores(tower, statistics, ridge)
          return
        }
        let layer = (task - 1) / 2, block = blocks[layer], found = statistics.blocks[layer]
        if task % 2 == 1 {
          let count = block.feedForward.expansion.bias.count
          let reader = OptimalSurgeon.Reader(
            covariance: found.hidden.covariance, weight: Self.matrix(block.feedForward.contraction.weight), ridge: ridge
          )
          results[task] = Self.order(reader.map { [$0] }, parts: (0..<count).map { $0..<$0 + 1 })
        } else {
          let width = shape.headWidth
          let reader = OptimalSurgeon.Reader(
            covariance: found.attended.covariance, weight: Self.matrix(block.attention.output.weight), ridge: ridge)
          results[task] = Self.order(
            reader.map { [$0] }, parts: (0..<block.attention.heads).map { $0 * width..<($0 + 1) * width })
        }
      }
    }
    if let ranks = context.ranks {
      let told = try ranks.gather(turn.flatMap { results[$0] })
      var places = [Int](repeating: 0, count: told.count)
      for (place, task) in order.enumerated() {
        let rank = place % ranks.count, count = Self.count(ofTask: task, tower)
        results[task] = Array(told[rank][places[rank]..<places[rank] + count])
        places[rank] += count
      }
    }
    scores.channels = results[0]
    for layer in blocks.indices {
      scores.units[layer] = results[1 + 2 * layer]
      scores.heads[layer] = results[2 + 2 * layer]
    }
    return scores
  }

  /// How many scores a task finds.
  private static func count<Tower: TrainableTower>(ofTask task: Int, _ tower: Tower) -> Int {
    guard task > 0 else { return tower.transformer.width }
    let block = tower.transformer.blocks[(task - 1) / 2]
    return task % 2 == 1 ? block.feedForward.expansion.bias.count : block.attention.heads
  }

  private static func order(_ readers: [OptimalSurgeon.Reader]?, parts: [Range<Int>]) -> [Double] {
    guard let readers else { return [Double](repeating: 0, count: parts.count) }
    return OptimalSurgeon.scores(readers, parts: parts, batch: max(1, parts.count / 128))
  }

  /// Each reader's weight is replaced by a square one of the same products, which costs the same for any number of outputs.
  private static func channelScores<Tower: TrainableTower>(
    _ tower: Tower, _ statistics: TowerStatistics, _ ridge: Double
  ) -> [Double] {
    var readers: [OptimalSurgeon.Reader] = []
    func add(_ input: Moments, _ weight: DoubleMatrix) {
      let products = DoubleMatrix.product(weight, transposingA: true, weight)
      let total = zip(products.elements, input.covariance.elements).reduce(0) { $0 + $1.0 * $1.1 }
      guard total > 0, let root = squareRoot(products),
        let reader = OptimalSurgeon.Reader(
          covariance: input.covariance, weight: root, ridge: ridge, share: 1 / total)
      else { return }
      readers.append(reader)
    }
    for (block, found) in zip(tower.transformer.blocks, statistics.blocks) {
      add(found.attentionInput, matrix(block.attention.inputWeight))
      add(found.feedForwardInput, matrix(block.feedForward.expansion.weight))
    }
    if let projection = tower.projectionMatrix {
      let weight = matrix(projection.weight)
      add(statistics.output, projection.isTransposed ? weight.transposed : weight)
    }
    return order(readers, parts: (0..<tower.transformer.width).map { $0..<$0 + 1 })
  }

  /// `R` with `RᵀR = A`.
  private static func squareRoot(_ a: DoubleMatrix) -> DoubleMatrix? {
    if let factor = Cholesky(a) { return factor.upper }
    // Fewer outputs than inputs, or some that repeat others.
    guard let eigen = SymmetricEigen(a) else { return nil }
    var root = eigen.vectors
    for row in 0..<root.rows {
      let factor = max(eigen.values[row], 0).squareRoot()
      for column in 0..<root.columns { root[row, column] *= factor }
    }
    return root
  }

  static func matrix(_ tensor: Tensor) -> DoubleMatrix {
    DoubleMatrix(tensor.elements.map(Double.init), rows: tensor.shape[0], columns: tensor.shape[1])
  }
}

extension TowerImportance {
  /// The same with other scores of layers.
  func with(layers: [Double]) -> TowerImportance {
    var copy = self
    copy.layers = layers
    return copy
  }
}
