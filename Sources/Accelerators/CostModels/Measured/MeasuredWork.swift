internal import CLIPModelShapes

/// What a tower's cost is made of: amounts that a device's time and energy grow with, each by a rate of its own.
///
/// A cost is additive by layer: each amount is a sum over layers, so a shape's layers may differ.
enum MeasuredWork: String, CaseIterable {
  /// Once a run: what starting it takes.
  case call
  /// Once for each layer of a run: what starting its operations takes.
  case layers
  /// Multiply-adds of queries, keys, values and the attention's output.
  case projections = "attention products"
  /// Multiply-adds of scores and context.
  case scores
  /// Multiply-adds of the feed-forward layers.
  case feedForward = "feed-forward products"
  /// Multiply-adds before the first layer and behind the last.
  case ends = "embeddings, output"
  /// Weights that are read: each once a run.
  case weights
  /// Elements that norms, softmax, activation functions and sums go over.
  case elements

  /// Where in the model it stands.
  var part: Operation.Part {
    switch self {
    case .projections, .scores: .attention
    case .feedForward: .feedForward
    case .call, .ends: .output
    case .layers, .weights, .elements: .embeddings
    }
  }

  /// Multiply-adds are told as such.
  var isProduct: Bool {
    switch self {
    case .projections, .scores, .feedForward, .ends: true
    case .call, .layers, .weights, .elements: false
    }
  }

  /// The amounts of one run of a tower, in the order of all cases.
  /// - Parameters:
  ///   - use: how long texts are, and what of the last block is computed
  ///   - batch: pictures or texts of the run
  static func amounts(
    of model: CLIPConfiguration, _ tower: Operation.Tower, _ use: ModelUse, batch: Int
  ) -> [Double] {
    var use = use
    use.textsPerImage = 1
    use.imagesPerFetch = 1
    var found = Dictionary(uniqueKeysWithValues: allCases.map { ($0, 0.0) })
    func add(_ work: MeasuredWork, _ amount: Int) { found[work, default: 0] += Double(amount) }
    add(.call, 1)
    add(.layers, tower == .text ? model.text.layers : model.vision.layers)
    for operation in OperationList(of: model, in: use).operations where operation.tower == tower {
      let operation = operation.repeated(batch)
      switch operation.work {
      case .matrixProduct(let product):
        guard product.hasWeights else {
          add(.scores, operation.multiplyAdds)
          continue
        }
        add(.weights, product.outputs * product.reduced * operation.count)
        switch operation.part {
        case .attention: add(.projections, operation.multiplyAdds)
        case .feedForward: add(.feedForward, operation.multiplyAdds)
        case .embeddings, .output: add(.ends, operation.multiplyAdds)
        }
      case .patchConvolution(let convolution):
        add(.ends, operation.multiplyAdds)
        add(.weights, convolution.channels * convolution.patch * convolution.patch * convolution.outputs)
      case .vector(let work): add(.elements, work.elements * operation.count)
      }
    }
    return allCases.map { found[$0] ?? 0 }
  }
}

extension CostTable.Row {
  /// The model whose tower the row tells: what the row does not say is as in another.
  func model(like base: CLIPConfiguration) -> CLIPConfiguration {
    var model = base
    model.embedDimension = embedDimension
    func change(_ tower: inout TowerShape) {
      tower.width = width
      tower.headsPerLayer = heads
      tower.mlpWidth = mlp
      tower.headWidth = headWidth ?? tower.headWidth
    }
    if encoder == .text {
      change(&model.text.tower)
      model.text.contextLength = contextLength ?? base.text.contextLength
    } else {
      change(&model.vision.tower)
      model.vision.imageSize = imageSize ?? base.vision.imageSize
      model.vision.patchSize = patchSize ?? base.vision.patchSize
    }
    return model
  }

  /// How the row's encoder was used.
  var use: ModelUse { ModelUse(textTokens: textTokens, lastBlock: lastBlock) }
}
