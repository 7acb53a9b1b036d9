package import CLIPCompute
public import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// The residual blocks of a tower.
public struct Transformer: Sendable {
  /// The stack.
  public var blocks: [ResidualBlock]
  /// The attention that pools what the stack gives, or nil.
  public var pool: ResidualBlock?
  /// Channels of the residual stream.
  public let width: Int
  /// Whether a token sees only itself and those before it.
  public let isCausal: Bool
  /// What products of inference are computed in.
  package private(set) var products = ProductArithmetic.float32
  /// Whether weights have been laid out.
  private(set) var isPacked = false
  private let rows: TowerEnding.Rows
  private let path: String

  init<Tower: TowerConfiguration>(_ shape: Tower, quickGELU: Bool, from source: some ParameterSource) throws {
    width = shape.width
    isCausal = shape.isCausal
    rows = shape.ending.rows
    path = Tower.blockPath
    blocks = try shape.blocks(quickGELU: quickGELU).enumerated().map { layer, block in
      try ResidualBlock(block, from: source, at: "\(Tower.blockPath).\(layer)")
    }
  }

  /// All blocks in the order in which they run.
  package var chain: [ResidualBlock] { blocks + (pool.map { [$0] } ?? []) }

  /// Lays all weights out for the products of inference.
  mutating func pack(in arithmetic: ProductArithmetic) {
    products = arithmetic
    isPacked = true
    for number in blocks.indices { blocks[number].pack(in: arithmetic, asksApart: isPooled(number)) }
    pool?.pack(in: arithmetic, asksApart: true)
  }

  /// Where the parameters of a block of the chain lie.
  package func path(_ number: Int) -> String {
    number == blocks.count ? VisionConfiguration.poolPath : "\(path).\(number)"
  }

  /// What a block of the chain runs on.
  /// - Parameter positions: the token that is read of each sequence; nil computes every token
  package func extent(_ number: Int, sequences: Int, tokens: Int, positions: [Int]?) -> SequenceExtent {
    SequenceExtent(
      sequences: sequences, tokens: tokens, isCausal: isCausal, asking: asking(number, positions: positions))
  }

  /// Which rows ask in a block of the chain.
  private func asking(_ number: Int, positions: [Int]?) -> SequenceExtent.Asking {
    if number == blocks.count { return .learned }
    if let positions, rows == .oneToken, number == blocks.count - 1 { return .tokens(positions) }
    return .all
  }

  /// Whether a block of the chain gives one row a sequence.
  package func isPooled(_ number: Int) -> Bool {
    if case .all = asking(number, positions: []) { false } else { true }
  }

  /// Runs all blocks in floats.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`, changed in place
  ///   - positions: the token wanted of each sequence, where one is; all tokens are computed without
  ///   - observe: called after each block of the stack with its number and the stream
  /// - Returns: the stream after the last block, `[sequences * tokens, width]` or `[sequences, width]`
  func run(
    _ x: MatrixView, sequences: Int, positions: [Int]?, _ workspace: Workspace,
    observe: ((Int, MatrixView) -> Void)? = nil
  ) -> MatrixView {
    var stream = InferenceArithmetic.Stream(rows: x)
    for (number, block) in chain.enumerated() {
      let floats = InferenceArithmetic(
        workspace,
        extent(number, sequences: sequences, tokens: x.rows / max(1, sequences), positions: positions))
      block.run(&stream, in: floats)
      if let observe, number < blocks.count {
        stream.settle()
        observe(number, stream.rows)
      }
    }
    stream.settle()
    return stream.rows
  }
}
