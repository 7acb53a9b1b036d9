internal import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPTensors

/// Random inputs of a model: how long it computes does not depend on what it sees, only on how much.
struct BenchInputs {
  private let model: CLIPConfiguration
  private let seed: UInt64

  init(_ model: CLIPConfiguration, seed: UInt64) {
    self.model = model
    self.seed = seed
  }

  /// Prepared pictures `[count, 3, imageSize, imageSize]`, about as large as normalized ones are.
  func images(_ count: Int) -> Tensor {
    let side = model.vision.imageSize
    var random = Philox(seed: seed, purpose: .measuring, index: 1)
    return Tensor(
      (0..<count * 3 * side * side).map { _ in random.uniform(in: -2..<2) }, Shape([count, 3, side, side]))
  }

  /// Token ids `[count, contextLength]`, each text of so many tokens with its end.
  /// - Throws: `InputError` for more tokens than the model reads, or fewer than two.
  func texts(_ count: Int, tokens: Int?) throws -> [Int32] {
    let text = model.text, length = tokens ?? text.contextLength
    guard (1...text.contextLength).contains(length) else {
      throw InputError("texts of \(length) tokens: the model reads 1 to \(text.contextLength)")
    }
    let end = text.poolType == .argmax ? text.vocabularySize - 1 : text.eosID
    var random = Philox(seed: seed, purpose: .measuring, index: 2)
    return (0..<count).flatMap { _ in
      (0..<text.contextLength).map { place -> Int32 in
        if place >= length { return Int32(truncatingIfNeeded: text.padID) }
        if place == length - 1 { return Int32(truncatingIfNeeded: end) }
        // The end's own id would cut the text short.
        let drawn = random.integer(below: max(1, text.vocabularySize - 1))
        return Int32(truncatingIfNeeded: drawn == end ? max(0, drawn - 1) : drawn)
      }
    }
  }
}
