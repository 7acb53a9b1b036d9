import CLIPCompute
import CLIPTensors
import Testing
import CLIPTraining

/// Every loss's gradient on the tape against central differences of its own value.
@Suite("Losses on the tape")
struct LossGradientTests {
  private static func unitRows(_ rows: Int, _ width: Int, _ seed: UInt64) -> [Float] {
    var random = Philox(seed: seed, purpose: .test)
    let tape = Tape()
    return tape.constant(Tensor((0..<rows * width).map { _ in random.normal() }, [rows, width])).normalizedRows().value
      .elements
  }

  private struct Inputs {
    var image = unitRows(5, 6, 1), text = unitRows(5, 6, 2)
    var scale: Float = 3, bias: Float = -1

    /// The loss, and its gradients when they are wanted.
    func value(_ loss: any Loss) throws -> (Double, image: [Float]?, text: [Float]?, scale: Float?, bias: Float?) {
      let tape = Tape()
      let image = tape.variable(Tensor(image, [5, 6])), text = tape.variable(Tensor(text, [5, 6]))
      let scale = tape.variable(Tensor([scale], [])), bias = tape.variable(Tensor([bias], []))
      let teacher = TeacherFeatures(
        image: Tensor(unitRows(5, 6, 3), [5, 6]), text: Tensor(unitRows(5, 6, 4), [5, 6]), logitScale: 4)
      let value = try loss.value(
        LossFeatures(
          tape: tape, image: image, text: text, logitScale: scale, logitBias: bias, teacher: teacher,
          projectedImage: image,
          projectedText: text))
      let found = tape.gradients(of: value)
      return (
        Double(value.value.scalar), found[image]?.elements, found[text]?.elements, found[scale]?.scalar,
        found[bias]?.scalar
      )
    }
  }

  @Test("gradients equal central differences", arguments: LossCatalog.names)
  func differences(name: String) throws {
    let loss = try #require(LossCatalog.losses.first { type(of: $0).name == name })
    let inputs = Inputs(), found = try inputs.value(loss), step: Float = 0.02
    func check(_ gradient: Float?, _ change: (inout Inputs, Float) -> Void, _ what: String) throws {
      var up = inputs, down = inputs
      change(&up, step)
      change(&down, -step)
      let measured = try (up.value(loss).0 - down.value(loss).0) / Double(2 * step)
      // The values are float32, of order one; the curve bends by the square of the step.
      #expect(
        abs(Double(gradient ?? 0) - measured) < 2e-4 + 4e-3 * abs(measured),
        "\(name) \(what): \(gradient ?? 0), \(measured)")
    }
    for index in 0..<30 {
      try check(found.image?[index], { $0.image[index] += $1 }, "image \(index)")
      try check(found.text?[index], { $0.text[index] += $1 }, "text \(index)")
    }
    try check(found.scale, { $0.scale += $1 }, "scale")
    try check(found.bias, { $0.bias += $1 }, "bias")
  }

  @Test("a loss says whether a batch of one leaves it constant", arguments: LossCatalog.names)
  func batchOfOne(name: String) throws {
    let loss = try #require(LossCatalog.losses.first { type(of: $0).name == name })
    func value(_ seed: UInt64) throws -> Double {
      let tape = Tape(),
        teacher = TeacherFeatures(
          image: Tensor(Self.unitRows(1, 6, 3), [1, 6]), text: Tensor(Self.unitRows(1, 6, 4), [1, 6]), logitScale: 4)
      let image = tape.constant(Tensor(Self.unitRows(1, 6, seed), [1, 6]))
      let text = tape.constant(Tensor(Self.unitRows(1, 6, seed + 1), [1, 6]))
      return Double(
        try loss.value(
          LossFeatures(
            tape: tape, image: image, text: text, logitScale: tape.constant(Tensor([3], [])),
            logitBias: tape.constant(Tensor([-1], [])), teacher: teacher, projectedImage: image, projectedText: text)
        ).value.scalar)
    }
    let values = try [10, 20, 30].map { try value($0) }
    let isConstant = values.allSatisfy { abs($0 - values[0]) < 1e-6 }
    #expect(type(of: loss).comparesSamples == isConstant, "\(name): \(values)")
  }

  @Test("a value used twice gets the sum of its gradients, and a constant none")
  func sums() throws {
    let tape = Tape()
    let x = tape.variable(Tensor([3, 4], [1, 2])), constant = tape.constant(Tensor([1, 2], [1, 2]))
    let scale = tape.constant(Tensor([1], []))
    // x . c + 2 x . c
    let product = x.similarity(to: constant, scale: scale)
    let total = Variable.sum([(1, product), (2, product)], on: tape)
    let gradients = tape.gradients(of: total)
    #expect(total.value.scalar == 33)
    #expect(gradients[x]?.elements == [3, 6])
    #expect(gradients[constant] == nil)
  }

  @Test("a tape ends with its last user: a step keeps nothing of its batch")
  func lifetime() throws {
    weak var seen: Tape?
    do {
      let tape = Tape()
      seen = tape
      let image = tape.variable(Tensor(Self.unitRows(4, 6, 1), [4, 6])),
        text = tape.variable(Tensor(Self.unitRows(4, 6, 2), [4, 6]))
      let scale = tape.variable(Tensor([0.5], [])).exponential()
      let projected = image.linear(tape.variable(Tensor(Self.unitRows(6, 6, 3), [6, 6]))).normalizedRows()
      for loss in LossCatalog.losses {
        let teacher = TeacherFeatures(image: image.value, text: text.value, logitScale: 2)
        let value = try loss.value(
          LossFeatures(
            tape: tape, image: image, text: text, logitScale: scale, logitBias: nil, teacher: teacher,
            projectedImage: projected, projectedText: text))
        _ = Variable.sum([(1, value)], on: tape)
      }
      #expect(seen != nil)
    }
    #expect(seen == nil)
  }

  @Test("a linear map's gradients are the products of its formula")
  func linear() throws {
    let tape = Tape()
    let x = tape.variable(Tensor([1, 2, 3, 4], [2, 2])), weight = tape.variable(Tensor([1, -1, 2, 0, 1, 1], [3, 2]))
    let y = x.linear(weight)
    #expect(y.value.elements == [-1, 2, 3, -1, 6, 7])
    let loss = try y.squaredDistance(to: Tensor([0, 0, 0, 0, 0, 0], [2, 3]))
    let gradients = tape.gradients(of: loss)
    // d loss / d y = y; dx = y W, dW = y^T x
    #expect(gradients[x]?.elements == [6, 4, 18, 8])
    #expect(gradients[weight]?.elements == [-4, -6, 20, 28, 24, 34])
  }
}
