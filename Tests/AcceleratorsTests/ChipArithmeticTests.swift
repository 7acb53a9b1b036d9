import CLIPAccelerators
import CLIPModelShapes
import CLIPTestSupport
import CLIPUnits
import Testing

/// What numbers of few bits, and floats, cost on a chip.
@Suite("Arithmetic of chips")
struct ChipArithmeticTests {
  private func bytes(_ name: String, _ operation: CLIPAccelerators.Operation) throws -> OperandBytes {
    let arithmetic = try Arithmetic(parsing: name)
    switch operation.work {
    case .matrixProduct(let product):
      return arithmetic.bytes(of: operation, hasWeights: product.hasWeights, reduced: product.reduced)
    case .vector(let work): return arithmetic.bytes(of: operation, work)
    case .patchConvolution: return arithmetic.bytes(of: operation, hasWeights: true, reduced: 768)
    }
  }

  private func operation(_ name: String) throws -> CLIPAccelerators.Operation {
    let model = try PhysicalCostModelTests.model("ViT-B-16")
    return try #require(OperationList(of: model).operations.first { $0.name == name })
  }

  @Test("bytes of every number by hand: weights with their scale and bias, scores, the stream, what GELU reads")
  func widths() throws {
    // up: 3072 x 768 with a bias: a scale and a bias of 32 bits for each output, 768 inputs long.
    let up = try bytes("int8", operation("up")), groups = try bytes("w4a8-g64", operation("up"))
    #expect(abs(up.second - (8 + 64.0 / 768) / 8) < 1e-12 && abs(groups.second - (4.5 + 32.0 / 768) / 8) < 1e-12)
    // GELU reads floats in L2; what it makes of them goes on as a byte.
    #expect(up.first == 1 && up.result == 4 && up.resultStored == 1 && up.sum == 4)
    #expect(try bytes("int8-only", operation("up")).result == 2)
    let floats = try bytes("fp32", operation("up"))
    #expect(floats.first == 4 && abs(floats.second - (32 + 32.0 / 768) / 8) < 1e-12 && floats.resultStored == 4)
    #expect(try bytes("bf16", operation("up")).first == 2)
    #expect(try bytes("w8a16", operation("context")) == OperandBytes(first: 2, second: 1, result: 2, sum: 4))
    let scores = try bytes("int8-acc24", operation("scores"))
    #expect(
      scores.first == 1 && scores.second == 1 && scores.result == 4 && scores.resultStored == 1 && scores.sum == 3)
    #expect(try bytes("int8", operation("down")).result == 4)
    #expect(try bytes("int8-residual", operation("down")).result == 2)
    // Vector cores: the stream is read and bytes are written; scores are read; two streams make one.
    #expect(try bytes("int8", operation("layer norm")).first == 4)
    let softmax = try bytes("int8", operation("softmax")), gelu = try bytes("int8-gelu", operation("GELU"))
    #expect(softmax.first == 4 && softmax.result == 1 && gelu.first == 2 && gelu.result == 1)
    let residual = try bytes("int8-only", operation("residual"))
    #expect(residual.first == 2 && residual.second == 2 && residual.result == 2)
    #expect(try bytes("int8", operation("similarity")).second == 4)
    // Tables are bytes, of the picture's positions as of the words.
    #expect(try bytes("w4a8", operation("position")).second == 1 && bytes("fp32", operation("position")).second == 4)
  }

  private func design(_ arithmetic: String) throws -> AcceleratorDesign {
    var design = try AcceleratorDesign.named("edge-base")
    design.silicon.edition = 2
    design.silicon.arithmetic = arithmetic
    return design
  }

  @Test("what is 4 bits is fetched, kept and multiplied as 4 bits")
  func fourBits() throws {
    let model = try PhysicalCostModel()
    func up(_ arithmetic: String) throws -> MappingExplanation {
      try #require(model.explain("up", of: PhysicalCostModelTests.model("ViT-B-16"), on: design(arithmetic)).first)
    }
    let bytes = try up("int8"), bits = try up("w4a8-g64")
    let weights = 3072.0 * 768
    #expect(bytes.staysOnChip && bits.staysOnChip)
    #expect(abs(bytes.memoryBytes - weights * (8 + 64.0 / 768) / 8) < 1)
    #expect(abs(bits.memoryBytes - weights * (4 + 32.0 / 768 + 0.5) / 8) < 1)
    #expect(abs(bits.energy.multiplyAdds / bytes.energy.multiplyAdds - 0.66932) < 1e-4)
    // A sum of 32 bits and operands of 8 and 4: 44 bits in place of 48; lanes that wait write none.
    #expect(bits.energy.registers < bytes.energy.registers)
    #expect(bits.energy.memory.value / bytes.energy.memory.value < 0.57)
  }

  @Test("a model costs more the more bits it has, and weights that are halved may stay on the chip")
  func order() throws {
    let model = try PhysicalCostModel(), shape = try PhysicalCostModelTests.model("ViT-B-32")
    let energies = try ["w2a8", "w4a8", "int8", "w8a16", "bf16", "fp32"].map {
      try model.estimate(shape, on: design($0)).energy.value
    }
    #expect(zip(energies, energies.dropFirst()).allSatisfy { $0 < $1 })
    // Units of whole numbers are cheaper than floats, and smaller.
    let floats = try model.estimate(shape, on: design("int8")),
      whole = try model.estimate(shape, on: design("int8-only"))
    #expect(whole.energy < floats.energy && whole.area.total < floats.area.total)
    var small = try design("int8")
    let micro = try PhysicalCostModelTests.model("micro")
    let bytes = try PhysicalCostModel(.init(keepsWeights: true)).estimate(micro, on: small).keptWeights
    small.silicon.arithmetic = "w4a8-channel"
    let bits = try PhysicalCostModel(.init(keepsWeights: true)).estimate(micro, on: small).keptWeights
    if bytes > 0 { #expect(bits > 0.45 * bytes && bits < 0.6 * bytes) }
  }

  @Test("a design that says nothing pays bytes, as ever; stated bytes of edition 1 differ where int8 is not all bytes")
  func standard() throws {
    let model = try PhysicalCostModel(), shape = try PhysicalCostModelTests.model("ViT-B-32")
    var design = try AcceleratorDesign.named("edge-base")
    #expect(try design.silicon.numbers() == nil)
    let ever = try model.estimate(shape, on: design)
    design.silicon.arithmetic = "int8"
    let stated = try model.estimate(shape, on: design)
    #expect(stated.energy > ever.energy)
    // The products of towers cost the same; similarities are floats now.
    let products =
      try #require(stated.energyByComponent).multiplyAdds / (try #require(ever.energyByComponent)).multiplyAdds
    #expect(products > 1 && products < 1.0001)
    design.silicon.arithmetic = ChipSilicon.standardArithmetic
    design.silicon.edition = 2
    #expect(try design.silicon.numbers() == .int8)
  }
}
