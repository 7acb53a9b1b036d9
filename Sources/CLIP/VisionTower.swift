public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
public import CLIPTensors

/// The image encoder: a vision transformer.
///
/// Source: arXiv:2010.11929, with CLIP's layer norm before the first block (arXiv:2103.00020); parameter names and
/// pooling as in open_clip's `VisionTransformer`.
public struct VisionTower: Sendable {
  public let configuration: VisionConfiguration
  /// `[width, 3, patchSize, patchSize]`
  public var patchWeight: Tensor
  /// `[width]`
  public var classEmbedding: Tensor
  /// `[tokens, width]`
  public var positionalEmbedding: Tensor
  public var preNorm: LayerNorm?
  package var transformer: Transformer
  public var postNorm: LayerNorm
  /// `[width, embed]`
  public var projection: Tensor

  /// - Throws: an error naming the parameter that is missing or has another shape.
  public init(_ model: CLIPConfiguration, from source: some ParameterSource) throws {
    let shape = model.vision
    configuration = shape
    let width = shape.width, side = shape.patchSize
    classEmbedding = try source.parameter("visual.class_embedding", [width])
    positionalEmbedding = try source.parameter("visual.positional_embedding", [shape.tokens, width])
    patchWeight = try source.parameter("visual.conv1.weight", [width, 3, side, side])
    let epsilon = shape.layerNormEpsilon
    preNorm =
      shape.hasPreLayerNorm ? try LayerNorm(width: width, epsilon: epsilon, from: source, at: "visual.ln_pre") : nil
    transformer = try Transformer(
      shape, activation: model.usesQuickGELU ? .quickGELU : .gelu, isCausal: false, from: source,
      at: "visual.transformer.resblocks")
    postNorm = try LayerNorm(width: width, epsilon: epsilon, from: source, at: "visual.ln_post")
    projection = try source.parameter("visual.proj", [width, model.embedDimension])
  }

  /// Encodes preprocessed pictures.
  ///
  /// - Parameters:
  ///   - images: `[batch, 3, imageSize, imageSize]`, normalized
  ///   - pool: the threads to work on
  ///   - observe: shown the activations `ln_pre`, `block0` ... and `ln_post`, which costs time
  /// - Returns: `[batch, embed]`, not normalized
  /// - Throws: ``ShapeError`` when the pictures have another size.
  public func callAsFunction(
    _ images: Tensor, on pool: ThreadPool, observe: ActivationObserver? = nil
  ) throws -> Tensor {
    let size = configuration.imageSize
    guard images.shape.rank == 4, Array(images.shape.extents.dropFirst()) == [3, size, size] else {
      throw ShapeError("vision tower", expected: "[batch, 3, \(size), \(size)]", found: images.shape)
    }
    let batch = images.shape[0], embed = projection.shape[1]
    let features = Tensor(uninitialized: [batch, embed])
    let target = MatrixView(features.pointer, rows: batch, columns: embed)
    if let observe {
      let workspace = Workspace(lanes: .pooled(pool))
      encode(images, 0..<batch, into: target, workspace, observe)
    } else {
      BatchPlan(sequences: batch, tokens: configuration.tokens, width: configuration.width).run(on: pool) {
        encode(images, $0, into: target.rows($0), $1, nil)
      }
    }
    return features
  }

  private func encode(
    _ images: Tensor, _ group: Range<Int>, into features: MatrixView, _ workspace: Workspace,
    _ observe: ActivationObserver?
  ) {
    let width = configuration.width, tokens = configuration.tokens, count = group.count
    let x = workspace.matrix(.residual, rows: count * tokens, columns: width)
    embedPatches(images, group, into: x, workspace)
    preNorm?.apply(x, into: x, lanes: workspace.lanes)
    let pooled = workspace.matrix(.pooled, rows: count, columns: width)
    let wantsClassTokenOnly = configuration.poolType == .tok
    if wantsClassTokenOnly && observe == nil {
      transformer.applyPooled(x, positions: Array(repeating: 0, count: count), into: pooled, workspace: workspace)
      postNorm.apply(pooled, into: pooled, lanes: .single)
    } else {
      let shape: Shape = [count, tokens, width]
      observe?("ln_pre", Tensor(copying: x, shape))
      transformer.apply(x, sequences: count, workspace: workspace) { observe?("block\($0)", Tensor(copying: x, shape)) }
      let normalizesFirst = !configuration.finalLayerNormAfterPool
      if normalizesFirst {
        postNorm.apply(x, into: x, lanes: workspace.lanes)
        observe?("ln_post", Tensor(copying: x, shape))
      }
      for sequence in 0..<count {
        let rows = x.rows(sequence * tokens..<(sequence + 1) * tokens)
        let target = pooled.start + sequence * width
        if wantsClassTokenOnly {
          target.update(from: rows.start, count: width)
        } else {
          RowOperator.mean(rows.rows(1..<tokens), into: target)
        }
      }
      if !normalizesFirst {
        postNorm.apply(pooled, into: pooled, lanes: .single)
        observe?("ln_post", Tensor(copying: pooled, [count, width]))
      }
    }
    multiply(pooled, MatrixView(projection.pointer, rows: width, columns: features.columns), into: features)
  }

  /// Patches, class token and positions, before the first layer norm.
  func embedPatches(_ images: Tensor, _ pictures: some Sequence<Int>, into x: MatrixView, _ workspace: Workspace) {
    let size = configuration.imageSize, side = configuration.patchSize, width = configuration.width
    let tokens = configuration.tokens
    let weight = MatrixView(patchWeight.pointer, rows: width, columns: 3 * side * side)
    let patches = workspace.matrix(.patches, rows: configuration.patches, columns: 3 * side * side)
    for (sequence, image) in pictures.enumerated() {
      let rows = x.rows(sequence * tokens..<(sequence + 1) * tokens)
      PatchOperator.forward(images.pointer + image * 3 * size * size, size: size, side: side, into: patches)
      RowOperator.sum(classEmbedding.pointer, positionalEmbedding.pointer, into: rows.start, count: width)
      (rows.start + width).update(from: positionalEmbedding.pointer + width, count: (tokens - 1) * width)
      LinearOperator.forward(
        patches, weight: weight, into: rows.rows(1..<tokens), accumulating: true, lanes: workspace.lanes)
    }
  }
}
