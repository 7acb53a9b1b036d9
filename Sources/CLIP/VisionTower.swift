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
  /// `[width]`, or nil
  public var patchBias: Tensor?
  /// `[width]`, or nil
  public var classEmbedding: Tensor?
  /// `[tokens, width]`
  public var positionalEmbedding: Tensor
  public var preNorm: LayerNorm?
  public var transformer: Transformer
  /// After the last block; that of the attention that pools, where one does.
  public var postNorm: LayerNorm
  /// `[width, embed]`, or `[embed, width]` when there is a bias; nil where the tower ends without one
  public var projection: Tensor?
  /// `[embed]`, or nil
  public var projectionBias: Tensor?
  package let embedDimension: Int

  /// - Throws: an error naming the parameter that is missing or has another shape.
  public init(_ model: CLIPConfiguration, from source: some ParameterSource) throws {
    let shape = model.vision
    configuration = shape
    embedDimension = model.embedDimension
    let width = shape.width, side = shape.patchSize
    classEmbedding = shape.hasClassToken ? try source.parameter("visual.class_embedding", [width]) : nil
    positionalEmbedding = try source.parameter("visual.positional_embedding", [shape.tokens, width])
    patchWeight = try source.parameter("visual.conv1.weight", [width, 3, side, side])
    patchBias = shape.hasPatchBias ? try source.parameter("visual.conv1.bias", [width]) : nil
    let epsilon = shape.layerNormEpsilon
    preNorm =
      shape.hasPreLayerNorm ? try LayerNorm(width: width, epsilon: epsilon, from: source, at: "visual.ln_pre") : nil
    transformer = try Transformer(shape, quickGELU: model.usesQuickGELU, from: source)
    transformer.pool = try shape.pool(quickGELU: model.usesQuickGELU).map {
      try ResidualBlock($0, from: source, at: VisionConfiguration.poolPath)
    }
    postNorm = try LayerNorm(width: width, epsilon: epsilon, from: source, at: shape.lastNormPath)
    switch (shape.projType, shape.projectionBias) {
    case (.none, _): break
    case (.linear, false): projection = try source.parameter("visual.proj", [width, embedDimension])
    case (.linear, true):
      projection = try source.parameter("visual.proj.weight", [embedDimension, width])
      projectionBias = try source.parameter("visual.proj.bias", [embedDimension])
    }
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
    let batch = images.shape[0], embed = embedDimension
    let features = FreshTensor([batch, embed]), target = features.matrix
    if let observe {
      let workspace = Workspace(lanes: .pooled(pool))
      encode(images, 0..<batch, into: target, workspace, observe)
    } else {
      BatchPlan(sequences: batch, tokens: configuration.tokens, width: configuration.width).run(on: pool) {
        encode(images, $0, into: target.rows($0), $1, nil)
      }
    }
    return features.tensor()
  }

  private func encode(
    _ images: Tensor, _ group: Range<Int>, into features: MatrixView, _ workspace: Workspace,
    _ observe: ActivationObserver?
  ) {
    let width = configuration.width, tokens = configuration.tokens, count = group.count
    let x = workspace.matrix(.residual, rows: count * tokens, columns: width)
    embedPatches(images, group, into: x, workspace)
    preNorm?.apply(x, into: x, lanes: workspace.lanes)
    func show(_ name: String, _ rows: MatrixView) {
      observe?(name, Tensor(copying: rows, rows.rows == count ? [count, width] : [count, tokens, width]))
    }
    show("ln_pre", x)
    let positions = [Int](repeating: 0, count: count)
    let output = transformer.run(
      x, sequences: count, positions: observe == nil ? positions : nil, workspace,
      observe: observe.map { _ in { show("block\($0)", $1) } })
    let pooled = pooled(output, sequences: count, workspace, positions: positions) { show("ln_post", $0) }
    project(pooled, into: features)
  }

  /// Patches, class token and positions, before the first layer norm.
  func embedPatches(_ images: Tensor, _ pictures: some Sequence<Int>, into x: MatrixView, _ workspace: Workspace) {
    let side = configuration.patchSize, tokens = configuration.tokens, images = images.reading
    let patches = workspace.matrix(.patches, rows: configuration.patches, columns: 3 * side * side)
    for (sequence, image) in pictures.enumerated() {
      let rows = x.rows(sequence * tokens..<(sequence + 1) * tokens)
      PatchOperator.forward(
        images.rows(image..<image + 1), size: configuration.imageSize, side: side, into: patches)
      rows.set(positionalEmbedding)
      if let classEmbedding { RowOperator.add(classEmbedding, to: rows.rows(0..<1)) }
      let placed = rows.rows(prefix..<tokens)
      if let patchBias { RowOperator.addBias(patchBias, to: placed) }
      LinearOperator.forward(patches, weight: patchWeight, into: placed, accumulating: true, lanes: workspace.lanes)
    }
  }
}

extension VisionTower: ReadTower {
  package var prefix: Int { configuration.prefix }
  package var lastNorm: LayerNorm { postNorm }
}
