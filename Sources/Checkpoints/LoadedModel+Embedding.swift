public import CLIPCompute
import CLIPFiles
public import CLIPImages
public import CLIPTensors

/// Pictures and texts as they are, features of unit length out: the product of two is their cosine.
extension LoadedModel {
  /// One picture's unit-length features, `[embed]`.
  /// - Throws: ``InputError`` naming the file when it cannot be read or is no picture.
  public func embed(image path: String, on pool: ThreadPool) throws -> [Float] {
    try embed(images: [path], on: pool).elements
  }

  /// One text's unit-length features, `[embed]`; what is longer than the model's context is cut.
  public func embed(text: String, on pool: ThreadPool) throws -> [Float] {
    try embed(texts: [text], on: pool).elements
  }

  /// Picture files' unit-length features, `[pictures, embed]`, in the files' order.
  ///
  /// - Parameters:
  ///   - decoding: what a picture may ask for
  ///   - batchSize: how many are held in memory at once
  /// - Throws: ``InputError`` naming the first file that cannot be read or is no picture.
  public func embed(
    images paths: [String], decoding: DecodingOptions = DecodingOptions(), batchSize: Int = 64, on pool: ThreadPool
  ) throws -> Tensor {
    let model = paths.count < batchSize ? model : model.packed()
    return try rows(paths, batchSize) { batch in
      let size = preprocessing.imageSize, picture = 3 * size * size
      var pixels = Tensor(uninitialized: [batch.count, 3, size, size])
      try pixels.withUnsafeMutableElements { target in
        // Each picture fills its own part.
        nonisolated(unsafe) let target = target
        try pool.forEachThrowing(batch.count) { index, _ in
          let path = batch[batch.startIndex + index]
          let file = try MemoryMap(path: path)
          let prepared = preprocessing(try namingFile(path) { try ImageDecoder.decode(file.bytes, decoding) })
          let place = UnsafeMutableBufferPointer(rebasing: target[index * picture..<(index + 1) * picture])
          _ = place.update(fromContentsOf: prepared)
        }
      }
      return try model.imageFeatures(pixels, on: pool)
    }
  }

  /// Texts' unit-length features, `[texts, embed]`, in the texts' order.
  public func embed(texts: [String], batchSize: Int = 2048, on pool: ThreadPool) throws -> Tensor {
    let context = model.configuration.text.contextLength
    let model = texts.count < batchSize ? model : model.packed()
    return try rows(texts, batchSize) {
      try model.textFeatures(tokenizer.tokenize(Array($0), contextLength: context), on: pool)
    }
  }

  /// The rows of some inputs at a time, one below the other.
  private func rows<Input>(
    _ inputs: [Input], _ batchSize: Int, _ encode: (ArraySlice<Input>) throws -> Tensor
  ) throws -> Tensor {
    var features: [Float] = []
    var first = 0
    while first < inputs.count {
      let end = min(first + max(1, batchSize), inputs.count)
      features += try encode(inputs[first..<end]).elements
      first = end
    }
    return Tensor(features, [inputs.count, model.configuration.embedDimension])
  }
}
