/// Whether a model's weights stay in the buffer from one inference to the next.
///
/// A chip that serves one model needs its weights from DRAM once, when it is switched on, if the buffer holds all of them
/// beside the activations; Coral's Edge TPU does so with models of up to some 8 MB ("parameter data caching", Coral's
/// documentation of its compiler). All weights stay or none: what is kept leaves less of the buffer to activations.
///
/// Token embeddings come from DRAM in any case, the rows that a text needs. Where a design names its memories and no text is
/// encoded, the positions of images stay with the weights, so that nothing of the model is read after a start.
struct WeightResidency: Equatable, Sendable {
  /// Bytes of weights in the buffer; 0 where they are fetched for each inference.
  let bytes: Double

  /// Weights are fetched for each inference.
  static let none = WeightResidency(bytes: 0)

  /// Whether embeddings are in the buffer too, so that nothing of the model comes from elsewhere.
  let holdsEmbeddings: Bool

  private init(bytes: Double) {
    self.bytes = bytes
    holdsEmbeddings = false
  }

  /// All of a model, embeddings included; nil where the buffer is too small.
  init?(of model: Double, in chip: PhysicalChip) {
    guard model > 0, model < chip.bufferBytes else { return nil }
    bytes = model
    holdsEmbeddings = true
  }

  /// All weights of a model, one byte each, beside at least some activations; nil where the buffer is too small.
  init?(of list: OperationList, in chip: PhysicalChip) {
    let bytes = list.operations.reduce(0.0) { $0 + $1.weightBytes }
    guard bytes > 0, bytes < chip.bufferBytes else { return nil }
    self.bytes = bytes
    holdsEmbeddings = false
  }

  /// Whether weights are in the buffer when an inference begins.
  var keeps: Bool { bytes > 0 }

  /// Bytes for an operation's inputs and results: half of the buffer beside weights that come and go, all that is left
  /// beside weights that stay.
  func activationSpace(of chip: PhysicalChip) -> Double {
    keeps ? chip.bufferBytes - bytes : chip.activationSpace
  }
}

extension OperationList {
  /// Bytes of all weights, one each; of embeddings what is read.
  var parameterBytes: Double {
    operations.reduce(0) { sum, operation in
      guard operation.part == .embeddings, case .vector(let work) = operation.work, work.kind == .add else {
        return sum + operation.weightBytes
      }
      return sum + Double(work.smallerOperand ?? 0)
    }
  }
}

extension Operation {
  /// Bytes of the weights of all runs, other than embeddings.
  var weightBytes: Double {
    switch work {
    case .matrixProduct(let product):
      product.hasWeights ? Double(count) * Double(product.outputs) * Double(product.reduced) : 0
    case .patchConvolution(let convolution):
      Double(count) * Double(convolution.outputs) * Double(convolution.channels * convolution.patch * convolution.patch)
    case .vector: 0
    }
  }
}
