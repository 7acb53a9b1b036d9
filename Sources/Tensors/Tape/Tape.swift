import CLIPCompute
import CCLIPVectorKernels

/// A record of operators, from which gradients are computed backwards.
///
/// Operators are coarse: a tower is one, a loss another. A new loss is written from the operators of ``Variable``:
///
///     let tape = Tape()
///     let image = tape.variable(features), text = tape.variable(captions)
///     let loss = try image.similarity(to: text, scale: scale).contrastiveLoss()
///     let gradients = tape.gradients(of: loss)
///     gradients[image]                     // [batch, embed]
public final class Tape {
  /// The vector-Jacobian product of one operator: the gradient with respect to its result in, those with respect to
  /// its inputs out; nil where an input has none.
  public typealias VectorJacobianProduct = (_ upstream: Tensor) -> [Tensor?]

  private struct Node {
    let inputs: [Int]
    var product: VectorJacobianProduct?
    let needsGradient: Bool
  }
  private var nodes: [Node] = []

  /// A tape with nothing on it.
  public init() {}

  /// A value whose gradient is wanted.
  public func variable(_ value: Tensor) -> Variable { add(value, Node(inputs: [], product: nil, needsGradient: true)) }

  /// A value that has no gradient: a teacher's features, say.
  public func constant(_ value: Tensor) -> Variable { add(value, Node(inputs: [], product: nil, needsGradient: false)) }

  /// Records an operator's result.
  ///
  /// - Parameters:
  ///   - inputs: what it was computed from; all of this tape. The product must not hold on to them, nor to the tape: that
  ///     would keep both alive for ever
  ///   - product: called at most once, when gradients are computed, if any input needs one
  public func record(
    _ value: Tensor, from inputs: [Variable], product: @escaping VectorJacobianProduct
  ) -> Variable {
    let needsGradient = inputs.contains { nodes[$0.index].needsGradient }
    return add(value, Node(inputs: inputs.map(\.index), product: product, needsGradient: needsGradient))
  }

  /// An operator that gives values whose gradients go elsewhere: a tower adds its parameters' gradients to their own
  /// place.
  public func source(_ value: Tensor, product: @escaping (_ upstream: Tensor) -> Void) -> Variable {
    add(
      value,
      Node(
        inputs: [],
        product: {
          product($0)
          return []
        }, needsGradient: true))
  }

  private func add(_ value: Tensor, _ node: Node) -> Variable {
    nodes.append(node)
    return Variable(value: value, tape: self, index: nodes.count - 1)
  }

  /// The gradients of a scalar with respect to every variable it was computed from, in one backward walk.
  ///
  /// The walk lets go of what each operator kept as soon as it is passed, so a tape is walked once.
  public func gradients(of scalar: Variable) -> Gradients {
    precondition(scalar.value.count == 1, "gradients are taken of a scalar, not of \(scalar.value.shape)")
    var gradients = [Tensor?](repeating: nil, count: nodes.count)
    gradients[scalar.index] = Tensor(repeating: 1, scalar.value.shape)
    for index in stride(from: scalar.index, through: 0, by: -1) {
      let node = nodes[index]
      nodes[index].product = nil
      guard node.needsGradient, let product = node.product, let upstream = gradients[index] else { continue }
      for (input, gradient) in zip(node.inputs, product(upstream)) {
        guard let gradient, nodes[input].needsGradient else { continue }
        gradients[input] = gradients[input].map { $0.adding(gradient) } ?? gradient
      }
    }
    return Gradients(gradients)
  }
}

/// A value on a tape.
public struct Variable {
  /// What was computed.
  public let value: Tensor
  /// Where it stands; operators take values of one tape.
  public let tape: Tape
  let index: Int
}

/// What a backward walk found.
public struct Gradients {
  private let gradients: [Tensor?]

  init(_ gradients: [Tensor?]) { self.gradients = gradients }

  /// The gradient with respect to a variable, shaped as its value; nil when the scalar does not depend on it.
  public subscript(_ variable: Variable) -> Tensor? { gradients[variable.index] }
}

extension Tensor {
  /// The sum of two tensors of one shape.
  func adding(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "cannot add \(other.shape) to \(shape)")
    var sum = self
    sum.withUnsafeMutableElements { target in
      other.withUnsafeElements { vk_add(target.baseAddress, $0.baseAddress, $0.count) }
    }
    return sum
  }

  /// The tensor times a number.
  func scaled(by factor: Float) -> Tensor {
    var product = self
    product.withUnsafeMutableElements { for index in $0.indices { $0[index] *= factor } }
    return product
  }
}
