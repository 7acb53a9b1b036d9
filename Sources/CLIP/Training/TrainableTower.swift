package import CLIPCompute
package import CLIPLayers
import CLIPTensors

/// A tower that can go backwards: what ``TowerPass`` needs to know beside its residual blocks.
package protocol TrainableTower: ReadTower, Sendable {
  /// What one batch gives to the tower.
  associatedtype Input

  var transformer: Transformer { get }
  /// Columns of the features.
  var embedDimension: Int { get }
  /// Whether the rows before the first block's layer norm must be kept.
  var keepsEmbedded: Bool { get }

  /// The tokens that matter of each sequence.
  func lengths(of input: Input) -> [Int]
  /// The token that is read of a sequence.
  func position(of sequence: Int, in input: Input) -> Int

  /// Writes the first block's input for a group: `[group rows, width]`.
  func embed(
    _ input: Input, _ group: TrainingPlan.Group, embedded: MatrixView?, into x: MatrixView, _ workspace: Workspace)

  /// Adds the gradients of everything before the first block.
  ///
  /// - Parameters:
  ///   - dx: `[chunk rows, width]`; may be overwritten
  ///   - spare: memory of the same size
  func embedBackward(
    _ input: Input, _ chunk: TrainingPlan.Chunk, embedded: MatrixView?, dx: MatrixView, spare: MatrixView,
    gradients: ParameterBlock, in products: ProductArithmetic, on pool: ThreadPool)

  /// The norm before the first block, or nil.
  var firstNorm: LayerNorm? { get }
}

extension TrainableTower {
  /// Whether one token of each sequence is read after the last block.
  package var readsOneToken: Bool { configuration.ending.rows == .oneToken }

  /// Features of a group of sequences from the stream after the last block.
  ///
  /// - Parameters:
  ///   - output: `[asking, width]`
  ///   - features: `[sequences, embed]`
  package func read(_ output: MatrixView, into features: MatrixView, _ workspace: Workspace) {
    project(pooled(output, sequences: features.rows, workspace), into: features)
  }
}
