package import CLIPCompute
package import CLIPLayers
package import CLIPTensors

/// A tower that can go backwards: what ``TowerPass`` needs to know beside its residual blocks.
package protocol TrainableTower: ReadTower, Sendable {
  /// What one batch gives to the tower.
  associatedtype Input

  var transformer: Transformer { get }
  /// Columns of the features.
  var embedDimension: Int { get }
  /// The norm before the first block, or nil.
  var firstNorm: LayerNorm? { get }
  /// What the outputs of the norms before and after the blocks are called where they are shown.
  static var normNames: (first: String?, last: String) { get }

  /// The tokens that matter of each sequence.
  func lengths(of input: Input) -> [Int]
  /// The token that is read of a sequence.
  func position(of sequence: Int, in input: Input) -> Int

  /// Some sequences' rows before the first norm: `[sequences * tokens, width]`, written.
  func embed(_ input: Input, _ sequences: some Collection<Int>, tokens: Int, into x: MatrixView, _ workspace: Workspace)
  /// Adds the gradients of ``embed(_:_:tokens:into:_:)``'s parameters.
  /// - Parameters:
  ///   - dx: `[chunk rows, width]`
  ///   - lanes: what products are computed in
  func embedBackward(
    _ input: Input, _ chunk: TrainingPlan.Chunk, dx: MatrixView, gradients: ParameterBlock,
    in lanes: Lanes, on pool: ThreadPool)
}

extension TrainableTower {
  /// Whether one token of each sequence is read after the last block.
  package var readsOneToken: Bool { configuration.ending.rows == .oneToken }

  /// Some sequences' rows before the first block: `[sequences * tokens, width]`, written.
  /// - Parameter embedded: where the rows before the first norm are kept, if they are
  package func begin(
    _ input: Input, _ sequences: some Collection<Int>, tokens: Int, embedded: MatrixView? = nil, into x: MatrixView,
    _ workspace: Workspace
  ) {
    embed(input, sequences, tokens: tokens, into: embedded ?? x, workspace)
    firstNorm?.apply(embedded ?? x, into: x, lanes: workspace.lanes)
  }

  /// Features of a group of sequences from the stream after the last block.
  ///
  /// - Parameters:
  ///   - output: `[asking, width]`
  ///   - features: `[sequences, embed]`
  package func read(_ output: MatrixView, into features: MatrixView, _ workspace: Workspace) {
    let pooled = pooled(output, sequences: features.rows, workspace)
    project(workspace.operand(pooled.reading, .projection), into: features)
  }
}
