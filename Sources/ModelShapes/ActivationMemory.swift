extension CLIPConfiguration {
  /// The most elements of activations that the forward pass of one image, or of one text, holds at a time, weights left out.
  ///
  ///     embedding:    pixels + tokens x width
  ///     attention:    tokens x width  +  rows x width (what the norm gives)  +  3 x tokens x heads x head width
  ///                   or the residual stream with queries, keys and values, scores of all heads and their context:
  ///                   tokens x width  +  3 x tokens x inner  +  heads x tokens^2  +  tokens x inner
  ///     feed-forward: tokens x width  +  tokens x width  +  tokens x hidden (twice with a gate)
  ///
  /// and of these the largest, over all blocks of the towers that run for an inference. Every element is in memory once: the
  /// scores are held whole, as ONNX graphs hold them; runtimes that fuse attention need less.
  public func activationElements(in use: ModelUse = .pair) -> Int {
    let image = max(
      3 * vision.imageSize * vision.imageSize + vision.tokens * vision.width,
      vision.blocks(quickGELU: usesQuickGELU).map { $0.activationElements(tokens: vision.tokens) }.max() ?? 0,
      vision.pool(quickGELU: usesQuickGELU)?.activationElements(tokens: vision.tokens) ?? 0)
    guard !use.keepsTexts else { return image }
    let text = shortened(for: use).text
    return max(
      image, text.tokens * text.width,
      text.blocks(quickGELU: usesQuickGELU).map { $0.activationElements(tokens: text.tokens) }.max() ?? 0)
  }
}

extension BlockShape {
  /// The most elements that a block holds at a time for one sequence.
  func activationElements(tokens: Int) -> Int {
    let stream = tokens * width, inner = heads * headWidth, rows = hasLearnedQuery ? 1 : tokens
    let projecting = stream + stream + (rows + 2 * tokens) * inner
    let attending = stream + (rows + 2 * tokens) * inner + heads * rows * tokens + rows * inner
    let expanding = stream + rows * width + rows * hidden * (feedForward == .swiGLU ? 2 : 1)
    return max(projecting, attending, expanding)
  }
}
