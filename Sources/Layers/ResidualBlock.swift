public import CLIPCompute
public import CLIPModelShapes
public import CLIPTensors

/// A transformer block: its parameters, and its steps in the order that ``BlockShape/branches`` gives.
public struct ResidualBlock: Sendable {
  /// `ln_1`, over what the heads take in.
  public var attentionNorm: LayerNorm
  /// `attn`: projections and heads.
  public var attention: MultiHeadAttention
  /// `[width]`, or nil
  public var attentionScale: Tensor?
  /// `ln_2`, over what the feed-forward layer takes in.
  public var feedForwardNorm: LayerNorm
  /// `mlp`: two matrices with an activation between them, or a gate.
  public var feedForward: FeedForward
  /// `[width]`, or nil
  public var feedForwardScale: Tensor?
  private let branches: [[BlockStep]]
  /// Whether there is a feed-forward branch; where there is none its parts are empty and belong to no parameters.
  public var hasFeedForward: Bool { branches.count > 1 }

  /// - Parameter path: such as `visual.transformer.resblocks.3`
  public init(_ shape: BlockShape, from source: some ParameterSource, at path: String) throws {
    func norm(_ part: BlockPart) throws -> LayerNorm {
      try LayerNorm(width: shape.width, epsilon: shape.epsilon, from: source, at: "\(path).\(part.rawValue)")
    }
    func scale(_ part: BlockPart) throws -> Tensor? {
      shape.hasLayerScale ? try source.parameter("\(path).\(BlockShape.scalePath(part))", [shape.width]) : nil
    }
    attentionNorm = try norm(.attentionNorm)
    attention = try MultiHeadAttention(shape, from: source, at: path)
    attentionScale = try scale(.output)
    feedForwardNorm = shape.hasFeedForward ? try norm(.feedForwardNorm) : LayerNorm(plain: shape.width, shape.epsilon)
    feedForward = shape.hasFeedForward ? try FeedForward(shape, from: source, at: path) : FeedForward(none: shape.width)
    feedForwardScale = shape.hasFeedForward ? try scale(.contraction) : nil
    branches = shape.branches
  }

  /// Lays the weights out for the products of inference.
  /// - Parameter asksApart: whether not all tokens ask
  package mutating func pack(in arithmetic: ProductArithmetic, asksApart: Bool) {
    attention.pack(in: arithmetic, asksApart: asksApart)
    if hasFeedForward { feedForward.pack(in: arithmetic) }
  }

  /// Lets a list lay the weights out for the forward pass, in which all tokens ask.
  package mutating func pack(_ list: inout PackingList) {
    attention.pack(&list)
    if hasFeedForward { feedForward.pack(&list) }
  }

  /// Runs the block on the stream.
  package func run<Arithmetic: BlockArithmetic>(_ stream: inout Arithmetic.Stream, in arithmetic: Arithmetic) {
    for index in branches.indices { runBranch(index, &stream, in: arithmetic) }
  }

  /// Runs one of the two branches.
  package func runBranch<Arithmetic: BlockArithmetic>(
    _ index: Int, _ stream: inout Arithmetic.Stream, in arithmetic: Arithmetic
  ) {
    let steps = branches[index]
    if steps.contains(.attend) {
      let heads = attended(&stream, in: arithmetic)
      add(heads, to: &stream, in: arithmetic)
    } else if case .norm(let part)? = steps.first {
      let rows = arithmetic.norm(&stream, norm(part), at: part)
      arithmetic.inParts(rows, &stream, channels: feedForward.expansion.bias.count) { rows, stream in
        run(steps.dropFirst(), rows, &stream, in: arithmetic)
      }
    }
  }

  /// The first half of the attention's branch: the heads' outputs.
  package func attended<Arithmetic: BlockArithmetic>(
    _ stream: inout Arithmetic.Stream, in arithmetic: Arithmetic
  ) -> Arithmetic.Rows {
    let rows = arithmetic.norm(&stream, attentionNorm, at: .attentionNorm)
    return arithmetic.attend(rows, attention, &stream)
  }

  /// The second half of the attention's branch.
  package func add<Arithmetic: BlockArithmetic>(
    _ attended: Arithmetic.Rows, to stream: inout Arithmetic.Stream, in arithmetic: Arithmetic
  ) {
    for steps in branches {
      guard let place = steps.firstIndex(of: .attend) else { continue }
      run(steps[(place + 1)...], attended, &stream, in: arithmetic)
    }
  }

  private func run<Arithmetic: BlockArithmetic>(
    _ steps: ArraySlice<BlockStep>, _ rows: Arithmetic.Rows, _ stream: inout Arithmetic.Stream,
    in arithmetic: Arithmetic
  ) {
    var rows = rows
    for step in steps {
      switch step {
      case .norm(let part): rows = arithmetic.norm(&stream, norm(part), at: part)
      case .attend: rows = arithmetic.attend(rows, attention, &stream)
      case .innerNorm(let part): rows = arithmetic.norm(rows, norm(part), at: part)
      case .expand: rows = arithmetic.expand(rows, feedForward)
      case .add(.output): arithmetic.add(rows, attention.output, scale: attentionScale, at: .output, to: &stream)
      case .add(let part): arithmetic.add(rows, feedForward.contraction, scale: feedForwardScale, at: part, to: &stream)
      }
    }
  }

  private func norm(_ part: BlockPart) -> LayerNorm {
    switch part {
    case .attendedNorm: attention.innerNorm ?? attentionNorm
    case .feedForwardNorm: feedForwardNorm
    case .hiddenNorm: feedForward.innerNorm ?? feedForwardNorm
    default: attentionNorm
    }
  }

  /// Runs the block.
  /// - Parameter x: `[sequences, tokens, width]`
  /// - Returns: `[sequences, tokens, width]`; `[sequences, 1, width]` where a learned row asks
  /// - Throws: ``ShapeError`` when `x` has another shape.
  public func callAsFunction(_ x: Tensor, on pool: ThreadPool) throws -> Tensor {
    let width = attentionNorm.weight.count
    let extent = try SequenceExtent(
      x, width: width, "block", asksLearned: attention.latent != nil, attention.isCausal)
    var copy = x.reshaped(to: [extent.sequences * extent.tokens, width])
    let arithmetic = InferenceArithmetic(Workspace(lanes: .pooled(pool)), extent)
    return copy.withMutableMatrix { rows in
      var stream = InferenceArithmetic.Stream(rows: rows)
      run(&stream, in: arithmetic)
      stream.settle()
      return Tensor(copying: stream.rows, [extent.sequences, stream.rows.rows / max(1, extent.sequences), width])
    }
  }
}
