import CLIPFiles
import CLIPLayers
import CLIPModelShapes
import CLIPModels
internal import CLIPTensors
import CLIPWeights

extension LoadedModel {
  /// The same model for images, or patches, of another size: fewer tokens, or more.
  ///
  /// Positional embeddings are interpolated as open_clip does when it loads them (bicubic, antialiased), the patch embedding
  /// is resampled as FlexiViT's (arXiv:2212.08013), and pictures are prepared at the new size. Nothing is trained: what is
  /// lost comes back by training.
  /// - Parameters:
  ///   - imageSize: rows and columns of a picture; nil leaves them
  ///   - patchSize: rows and columns of a patch; nil leaves them
  /// - Throws: ``InputError`` for sizes that are no image's, a patch larger than the image, or a parameter that cannot be
  ///   read.
  public func resized(imageSize: Int? = nil, patchSize: Int? = nil) throws -> LoadedModel {
    var shape = model.configuration
    shape.vision.imageSize = imageSize ?? shape.vision.imageSize
    shape.vision.patchSize = patchSize ?? shape.vision.patchSize
    if shape == model.configuration { return self }
    try shape.vision.checkPatches()
    let source = ResizedParameters(whole: parameters, from: model.configuration.vision, to: shape.vision)
    var preprocess = preprocess
    preprocess.size = shape.vision.imageSize
    return LoadedModel(
      try CLIPModel(shape, from: source), parameters: source, tokenizer: tokenizer, preprocess: preprocess, name: name)
  }
}

/// A model's parameters for images, or patches, of another size.
private struct ResizedParameters: ParameterSource, Sendable {
  let whole: any ParameterSource & Sendable
  let from: VisionConfiguration
  let to: VisionConfiguration

  func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    switch name {
    case "visual.conv1.weight" where from.patchSize != to.patchSize:
      return PatchResampling.resampled(
        try whole.parameter(name, [to.width, 3, from.patchSize, from.patchSize]), to: to.patchSize)
    case "visual.positional_embedding" where from.gridSize != to.gridSize:
      return PositionalEmbeddingResize.image(
        try whole.parameter(name, [from.tokens, from.width]), from: from.gridSize, to: to.gridSize, prefix: from.prefix)
    default: return try whole.parameter(name, shape)
    }
  }
}
