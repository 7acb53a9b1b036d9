/// One kind of work that a model does once or several times: what a cost model prices.
public struct Operation: Hashable, Sendable {
  /// Whose work it is.
  public enum Tower: String, CaseIterable, Sendable {
    case image, text
    /// Comparing the two towers' features.
    case both
  }

  /// Where in the model it stands.
  public enum Part: String, CaseIterable, Sendable {
    case embeddings, attention
    case feedForward = "feed_forward"
    case output
  }

  /// What is computed.
  public enum Work: Hashable, Sendable {
    /// On the arrays.
    case matrixProduct(MatrixProduct)
    /// On the arrays: an image's patches times their weights.
    case patchConvolution(PatchConvolution)
    /// On the vector cores.
    case vector(VectorWork)
  }

  /// What becomes of a product's result: it decides how many bits it has.
  public enum Result: String, CaseIterable, Sendable {
    /// Another product reads it.
    case operand
    /// A softmax reads it.
    case scores
    /// An activation function reads it.
    case gate
    /// It joins the residual stream.
    case stream
    /// It stays as wide as it was added up: features, or what is turned by positions.
    case floats
    /// It is a similarity of features, which are floats as well.
    case similarity
  }

  /// A name for people, such as `query` or `layer norm`.
  public var name: String
  /// Whose work it is.
  public var tower: Tower
  /// Where in the model it stands.
  public var part: Part
  /// What is computed.
  public var work: Work
  /// How many times it is done.
  public var count: Int
  /// Cycles that a cost model adds to every run, whatever the design; none in the list of true operations.
  public var extraCycles: Int
  /// What becomes of a product's result.
  public var result = Result.operand
  /// What one run takes on a device that was measured; nil where a cost model computes it.
  public var measured: Measured?

  /// Time and energy of one run.
  public struct Measured: Hashable, Sendable {
    /// In seconds, and in joules.
    public var seconds: Double, joules: Double

    /// What one run takes.
    public init(seconds: Double, joules: Double) {
      self.seconds = seconds
      self.joules = joules
    }
  }

  /// An operation.
  public init(
    _ name: String, _ tower: Tower, _ part: Part, _ work: Work, count: Int = 1, extraCycles: Int = 0,
    result: Result = .operand
  ) {
    self.result = result
    self.name = name
    self.tower = tower
    self.part = part
    self.work = work
    self.count = count
    self.extraCycles = extraCycles
  }

  /// The same for several images, or texts, at once: they share weights, and each has its own heads and rows.
  func repeated(_ times: Int) -> Operation {
    guard times > 1 else { return self }
    var operation = self
    switch work {
    case .matrixProduct(var product):
      if product.hasWeights { product.rows *= times } else { product.batches *= times }
      operation.work = .matrixProduct(product)
    case .patchConvolution(var convolution):
      convolution.images *= times
      operation.work = .patchConvolution(convolution)
    case .vector(var work):
      // Parameters, positions among them, are there once.
      let isShared = part == .embeddings || work.smallerOperand != work.elements
      work.elements *= times
      if !isShared { work.smallerOperand = work.elements }
      operation.work = .vector(work)
    }
    return operation
  }

  /// Multiply-adds of all runs; vector operations count none.
  public var multiplyAdds: Int {
    switch work {
    case .matrixProduct(let product): count * product.multiplyAdds
    case .patchConvolution(let convolution): count * convolution.multiplyAdds
    case .vector: 0
    }
  }
}

/// `[batches, rows, reduced] x [batches, reduced, outputs]`.
public struct MatrixProduct: Hashable, Sendable {
  /// Products of the same shape: attention heads.
  public var batches: Int
  /// Rows of the first factor: tokens.
  public var rows: Int
  /// Columns of the second factor.
  public var outputs: Int
  /// What is summed up.
  public var reduced: Int
  /// Whether the second factor is a parameter, one for all batches, rather than another activation.
  public var hasWeights: Bool

  /// A product; with weights where nothing is said.
  public init(batches: Int = 1, rows: Int, outputs: Int, reduced: Int, hasWeights: Bool = true) {
    self.batches = batches
    self.rows = rows
    self.outputs = outputs
    self.reduced = reduced
    self.hasWeights = hasWeights
  }

  /// `batches * rows * outputs * reduced`.
  public var multiplyAdds: Int { batches * rows * outputs * reduced }
}

/// The convolution that turns patches of an image into tokens; its stride is the patch's side.
public struct PatchConvolution: Hashable, Sendable {
  /// Channels of the image.
  public var channels: Int
  /// Channels of a token.
  public var outputs: Int
  /// Rows, and columns, of a patch.
  public var patch: Int
  /// Patches along one side of the image.
  public var side: Int
  /// Images that are done at once.
  public var images: Int

  /// A convolution.
  public init(channels: Int = 3, outputs: Int, patch: Int, side: Int, images: Int = 1) {
    self.channels = channels
    self.outputs = outputs
    self.patch = patch
    self.side = side
    self.images = images
  }

  /// `images * side^2 * channels * patch^2 * outputs`.
  public var multiplyAdds: Int { images * side * side * channels * patch * patch * outputs }
}

/// Work on the elements of a tensor, done by the vector cores.
public struct VectorWork: Hashable, Sendable {
  /// What is done with each element or row.
  public enum Kind: String, CaseIterable, Sendable {
    case add, subtract, multiply, divide
    case layerNorm = "layer_norm"
    case softmax, sigmoid, dropout, fill, relu, gelu, power
    case squareRoot = "square_root"
    /// The root of the sum of squares.
    case euclideanNorm = "euclidean_norm"
  }

  /// What is done.
  public var kind: Kind
  /// Elements of the result.
  public var elements: Int
  /// Elements that are normalized together.
  public var rowLength: Int
  /// Elements of the smaller of two operands; nil where there is one operand, or a constant beside it.
  public var smallerOperand: Int?

  /// Work on `elements`; one row unless something else is said.
  public init(_ kind: Kind, _ elements: Int, rowLength: Int? = nil, smallerOperand: Int? = nil) {
    self.kind = kind
    self.elements = elements
    self.rowLength = rowLength ?? elements
    self.smallerOperand = smallerOperand
  }
}
