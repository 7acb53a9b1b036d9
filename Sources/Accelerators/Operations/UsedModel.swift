internal import CLIPFiles
public import CLIPModelShapes

/// A CLIP model as it is used: what an accelerator is asked to compute in one run of a use.
public struct UsedModel: Workload, Equatable {
  /// The model.
  public let model: CLIPConfiguration
  /// How it is used.
  public let use: ModelUse
  /// The inferences over which prompts that are kept were encoded once.
  public let inferences: Double

  /// More multiply-adds than this in one run are refused: counts of work must stay exact.
  private static let mostMultiplyAdds = 1e18

  /// - Parameter inferences: of the device's life; what encoding its prompts once takes is shared among them
  /// - Throws: `InputError` for a use that has no meaning or cannot be counted.
  public init(_ model: CLIPConfiguration, in use: ModelUse, inferences: Double) throws {
    for (name, value, range) in [
      ("texts-per-image", use.textsPerImage, ModelUse.textRange), ("prompts", use.prompts, ModelUse.promptRange),
      ("images-per-fetch", use.imagesPerFetch, ModelUse.imageRange),
      ("text-tokens", use.textTokens ?? 1, ModelUse.tokenRange),
    ] where !range.contains(value) {
      throw InputError("\(name): expected \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
    if let count = use.textTokens {
      let most = model.text.contextLength
      guard count <= most else {
        throw InputError("text-tokens: expected 1 to \(most), which the model reads, found \(count)")
      }
      guard model.text.isCausal || count == most else {
        throw InputError(
          "text-tokens: the model's text tower has no causal mask and computes all of its \(most) tokens, found \(count)",
          advice: "leave it out")
      }
    }
    guard inferences >= 1 else { throw InputError("inferences: expected 1 or more, found \(inferences)") }
    let work = model.multiplyAdds(in: use), texts = Double(max(1, use.textsPerImage))
    guard (Double(work.image) + Double(work.text) * texts) * Double(use.imagesPerFetch) < Self.mostMultiplyAdds else {
      throw InputError("\(use.summary): too much work to be priced", advice: "take fewer texts or images")
    }
    self.model = model
    self.use = use
    self.inferences = inferences
  }

  public var inference: String { use.summary }

  /// What the device has to hold: the whole model, or where prompts are kept the image tower and their features.
  public var parameterCount: Int {
    use.keepsTexts ? model.imageParameterCount + use.prompts * model.embedDimension : model.parameterCount
  }

  public var operations: OperationList { prepared(OperationList(of: model, in: use), model) }

  public var integerOperations: OperationList {
    var exact = model
    exact.usesQuickGELU = false
    return prepared(OperationList(of: exact, in: use), exact)
  }

  private func prepared(_ list: OperationList, _ model: CLIPConfiguration) -> OperationList {
    guard use.keepsTexts else { return list }
    var list = list
    list.preparation = OperationList.Preparation(
      OperationList.text(of: model, use), share: Double(use.prompts) / inferences)
    return list
  }

  /// The reference's own list, each text of an image counted; it knows nothing of last blocks that are read in part.
  /// - Throws: `InputError` for towers whose layers differ, and for images that share a fetch.
  public func referenceOperations() throws -> OperationList {
    guard use.imagesPerFetch == 1 else {
      throw InputError(
        "images-per-fetch: the reference cost model prices one image at a time", advice: "take the physical cost model")
    }
    var list = try model.shortened(for: use).referenceOperations()
    let texts = list.operations.filter { $0.tower == .text }
    list.operations = list.operations.compactMap { operation in
      guard operation.tower == .text else { return operation }
      guard !use.keepsTexts else { return nil }
      var repeated = operation
      repeated.count *= use.textsPerImage
      return repeated
    }
    if use.keepsTexts {
      list.preparation = OperationList.Preparation(texts, share: Double(use.prompts) / inferences)
    }
    return list
  }
}
