extension TowerConfiguration {
  /// Multiply-adds of the residual blocks over `tokens` tokens.
  ///
  ///     per layer:  tokens * width * 3 H        queries, keys and values
  ///               + 2 * tokens^2 * H            scores, and the mix of values
  ///               + tokens * H * width          output projection
  ///               + 2 * tokens * width * hidden feed-forward
  ///
  /// with `H = heads * headWidth`. Matrix products only; a causal mask is not taken off, since the products
  /// are computed whole. PyTorch's `FlopCounterMode` counts twice this.
  public func blockMultiplyAdds(tokens: Int) -> Int {
    zip(headsPerLayer, mlpWidth).reduce(0) { sum, layer in
      let attention = layer.0 * headWidth
      return sum + 4 * tokens * width * attention + 2 * tokens * tokens * attention + 2 * tokens * width
        * layer.1
    }
  }
}

extension CLIPConfiguration {
  /// Multiply-adds of the image tower for one image:
  /// `patches * 3 patchSize^2 * width` for the patch convolution, the blocks over `patches + 1` tokens, and
  /// `width * embedDimension` for the projection of the pooled token (of every token without pooling).
  public var imageMultiplyAdds: Int {
    let patchConvolution = vision.patches * 3 * vision.patchSize * vision.patchSize * vision.width
    let projected = vision.poolType == .none ? vision.tokens : 1
    return patchConvolution + vision.blockMultiplyAdds(tokens: vision.tokens)
      + projected * vision.width * embedDimension
  }

  /// Multiply-adds of the text tower for one text: the blocks over `contextLength` tokens, and
  /// `width * embedDimension` for the projection; looking tokens up costs none.
  public var textMultiplyAdds: Int {
    text.blockMultiplyAdds(tokens: text.contextLength)
      + (text.projType == .linear ? text.width * embedDimension : 0)
  }

  /// Numbers in all parameters.
  public var parameterCount: Int { ParameterList(self).parameterCount }
}
