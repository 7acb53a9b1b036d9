public import CLIPCompute

extension CLIPModel {
  /// The model with its weights laid out once for the products of inference: faster, most of all for single pictures.
  ///
  /// Layers whose weights are changed afterwards go back to the slower way; what an optimizer writes in place is not seen.
  /// The packed weights cost as much memory again as those of the layers (half of it in bfloat16). Where the processor has
  /// no kernel for it, nothing is laid out.
  ///
  /// - Parameter arithmetic: what the products are computed in; embeddings, norms, softmax and the last projection are
  ///   32-bit floats
  public func packed(in arithmetic: ProductArithmetic = .float32) -> CLIPModel {
    var model = self
    model.vision.pack(in: arithmetic)
    model.text.pack(in: arithmetic)
    return model
  }

  /// Whether weights have been laid out.
  var isPacked: Bool { vision.transformer.isPacked }
}
