internal import CLIPCompute
import CCLIPVectorKernels

// The operators that losses are written from. Each one's formula and vector-Jacobian product stand in
// `Sources/Tensors/Operators`.
extension Variable {
  /// Each row `[rows, width]` scaled to length 1.
  public func normalizedRows() -> Variable {
    let x = value
    return tape.record(x.normalizedRows(), from: [self]) { upstream in
      let dx = FreshTensor(x.shape)
      NormalizeOperator.backward(upstream, x: x, dx: dx.matrix)
      return [dx.tensor()]
    }
  }

  /// `x W^T`: `[rows, inputs]` to `[rows, outputs]`.
  ///
  /// - Parameter weight: `[outputs, inputs]`
  public func linear(_ weight: Variable) -> Variable {
    let x = value, w = weight.value
    let y = FreshTensor([x.shape[0], w.shape[0]])
    multiply(x, w, transposingB: true, into: y.matrix)
    return tape.record(y.tensor(), from: [self, weight]) { upstream in
      let dx = FreshTensor(x.shape), dw = FreshTensor(w.shape)
      multiply(upstream, w, into: dx.matrix)
      multiply(upstream, transposingA: true, x, into: dw.matrix)
      return [dx.tensor(), dw.tensor()]
    }
  }

  /// Scaled similarities of two sets of features, `scale * a b^T + bias`: `[rows, columns]`.
  ///
  /// - Parameters:
  ///   - other: `[columns, embed]`
  ///   - scale: `[]`, the factor itself, not its logarithm
  ///   - bias: `[]`
  public func similarity(to other: Variable, scale: Variable, bias: Variable? = nil) -> Variable {
    let a = value, b = other.value, factor = scale.value.scalar
    let logits = SimilarityOperator.forward(a, b, scale: factor, bias: bias?.value.scalar ?? 0)
    return tape.record(logits, from: [self, other, scale] + (bias.map { [$0] } ?? [])) { upstream in
      let gradients = SimilarityOperator.backward(upstream, a, b, scale: factor)
      return [gradients.a, gradients.b, Tensor([Float(gradients.scale)], []), Tensor([Float(gradients.bias)], [])]
    }
  }

  /// e^x of a scalar.
  public func exponential() -> Variable {
    let result = Tensor([CLIPTensors.exponential(value.scalar)], [])
    return tape.record(result, from: [self]) { upstream in [Tensor([upstream.scalar * result.scalar], [])] }
  }

  /// CLIP's symmetric cross-entropy of logits `[batch, batch]`: see ``ContrastiveLossOperator``.
  /// - Throws: ``ShapeError`` when there are not as many texts as images.
  public func contrastiveLoss() throws -> Variable {
    try loss(ContrastiveLossOperator.forward(value), gradient: ContrastiveLossOperator.backward(value))
  }

  /// SigLIP's loss of logits `[batch, batch]`, or some rows' part of it, `[rows, batch]`: see ``SigmoidLossOperator``.
  /// - Parameter first: the first row's own column, where these are some of the rows; nil where they are all
  /// - Throws: ``ShapeError`` when rows do not fit into the batch.
  public func sigmoidLoss(first: Int? = nil) throws -> Variable {
    try loss(
      SigmoidLossOperator.forward(value, first: first), gradient: SigmoidLossOperator.backward(value, first: first))
  }

  /// The cross-entropy of each row of logits `[rows, batch]` against its own column, summed and divided by the batch: one
  /// direction of the contrastive loss, or some rows' part of it.
  /// - Parameter first: the first row's own column, where these are some of the rows; nil where they are all
  /// - Throws: ``ShapeError`` when rows do not fit into the batch.
  public func rowLoss(first: Int? = nil) throws -> Variable {
    let soft = try SoftCrossEntropyOperator.rows(value, first: first)
    return loss(soft.value, gradient: soft.gradient)
  }

  /// Some rows' part of ``softLoss(teacher:relative:)``, of images with all texts or of texts with all images:
  /// `[rows, batch]` both.
  /// - Throws: ``ShapeError`` when the two differ in shape.
  public func softRowLoss(teacher: Tensor, relative: Bool = false) throws -> Variable {
    let soft = try SoftCrossEntropyOperator.oneWay(student: value, teacher: teacher)
    return loss(relative ? soft.value - soft.entropy : soft.value, gradient: soft.gradient)
  }

  /// The cross-entropy against a teacher's distribution over rows and over columns, averaged: see
  /// ``SoftCrossEntropyOperator``.
  ///
  /// - Parameters:
  ///   - teacher: `[batch, batch]`, the teacher's logits
  ///   - relative: subtracts the teacher's own entropy, so that a perfect student has loss 0 (Kullback-Leibler
  ///     divergence); the gradient is the same
  /// - Throws: ``ShapeError`` when the two differ in shape.
  public func softLoss(teacher: Tensor, relative: Bool = false) throws -> Variable {
    let soft = try SoftCrossEntropyOperator.bothWays(student: value, teacher: teacher)
    return loss(relative ? soft.value - soft.entropy : soft.value, gradient: soft.gradient)
  }

  /// The squared distance of each row from a teacher's, averaged over rows.
  ///
  /// - Parameters:
  ///   - target: `[rows, width]`
  ///   - batch: what the sum is divided by; nil for the number of rows
  /// - Throws: ``ShapeError`` when the two differ in shape.
  public func squaredDistance(to target: Tensor, batch: Int? = nil) throws -> Variable {
    guard target.shape == value.shape, value.shape.rank == 2, value.shape[0] > 0 else {
      throw ShapeError("feature distance", expected: value.shape, found: target.shape)
    }
    let rows = Double(batch ?? value.shape[0]), x = value.elements, y = target.elements
    var total = 0.0
    for index in x.indices { total += (Double(x[index]) - Double(y[index])) * (Double(x[index]) - Double(y[index])) }
    let gradient = x.indices.map { Float(2 * (Double(x[$0]) - Double(y[$0])) / rows) }
    return loss(total / rows, gradient: Tensor(gradient, value.shape))
  }

  private func loss(_ result: Double, gradient: Tensor) -> Variable {
    tape.record(Tensor([Float(result)], []), from: [self]) { upstream in
      [upstream.scalar == 1 ? gradient : gradient.scaled(by: upstream.scalar)]
    }
  }

  /// Σ weight * term, of scalars on one tape.
  public static func sum(_ terms: [(weight: Float, term: Variable)], on tape: Tape) -> Variable {
    let total = terms.reduce(0.0) { $0 + Double($1.weight) * Double($1.term.value.scalar) }
    let weights = terms.map(\.weight)
    return tape.record(Tensor([Float(total)], []), from: terms.map(\.term)) { upstream in
      weights.map { Tensor([upstream.scalar * $0], []) }
    }
  }
}
