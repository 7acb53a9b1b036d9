extension CLIPConfiguration {
  /// Multiply-adds of the image tower for one image: `patches * 3 patchSize^2 * width` for the patch convolution, the
  /// blocks over all tokens, and `width * embedDimension` for the projection of the pooled token (of every token without
  /// pooling). Matrix products only.
  public var imageMultiplyAdds: Int {
    let patchConvolution = vision.patches * 3 * vision.patchSize * vision.patchSize * vision.width
    let projected = vision.projType == .none ? 0 : vision.poolType == .none ? vision.tokens : 1
    return patchConvolution + blocks(of: vision)
      + (vision.pool(quickGELU: usesQuickGELU)?.multiplyAdds(tokens: vision.tokens) ?? 0)
      + projected * vision.width * embedDimension
  }

  /// Multiply-adds of the text tower for one text: the blocks over `contextLength` tokens, and
  /// `width * embedDimension` for the projection; looking tokens up costs none.
  public var textMultiplyAdds: Int {
    blocks(of: text) + (text.projType == .linear ? text.width * embedDimension : 0)
  }

  private func blocks(of tower: some TowerConfiguration) -> Int {
    tower.blocks(quickGELU: usesQuickGELU).reduce(0) { $0 + $1.multiplyAdds(tokens: tower.tokens) }
  }

  /// Numbers in all parameters.
  public var parameterCount: Int { ParameterList(self).parameterCount }
}
