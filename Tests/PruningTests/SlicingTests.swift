import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import CLIPTensors
import Testing

@Suite("Cutting")
struct SlicingTests {
  @Test("pruning nothing changes no bit, whatever the strategy", arguments: ImportanceCatalog.names)
  func nothing(strategy: String) throws {
    for kind in PruningSample.Kind.allCases {
      let sample = try PruningSample(kind)
      let result = try sample.pruner(strategy, CompensationOptions()).run(
        ShapeRequest(), calibration: sample.calibration)
      #expect(result.plan.keepsAll)
      let (found, expected) = (try sample.features(result.model), try sample.features())
      let areEqual = found == expected
      #expect(areEqual, "\(kind)")
      #expect(result.model.logitScale.scalar == (try sample.model).logitScale.scalar)
    }
  }

  /// Closes the outgoing weights of some heads, units and channels, so that they cannot matter.
  private func closed(_ kind: PruningSample.Kind) throws -> (PruningSample, PruningPlan) {
    var sample = try PruningSample(kind)
    var plan = PruningPlan(keepingAllOf: sample.configuration)
    for layer in 0..<sample.configuration.vision.layers {
      let block = "visual.transformer.resblocks.\(layer)"
      sample.edit("\(block).mlp.c_proj.weight") { elements, shape in
        for row in 0..<shape[0] { for column in 3..<9 { elements[row * shape[1] + column] = 0 } }
      }
      plan.vision.units[layer].removeAll { (3..<9).contains($0) }
      guard sample.configuration.vision.headsPerLayer[layer] > 1 else { continue }
      sample.edit("\(block).attn.out_proj.weight") { elements, shape in
        for row in 0..<shape[0] { for column in 8..<16 { elements[row * shape[1] + column] = 0 } }
      }
      plan.vision.heads[layer].removeAll { $0 == 1 }
    }
    sample.edit("transformer.resblocks.1.mlp.c_proj.weight") { elements, shape in
      for row in 0..<shape[0] { elements[row * shape[1] + 5] = 0 }
    }
    plan.text.units[1].removeAll { $0 == 5 }
    return (sample, plan)
  }

  @Test("cutting what nobody reads changes nothing", arguments: PruningSample.Kind.withoutInnerNorms)
  func closedParts(kind: PruningSample.Kind) throws {
    let (sample, plan) = try closed(kind)
    let distance = PruningSample.distance(try sample.features(try sample.cut(plan)), try sample.features())
    #expect(distance < 1e-6)
    #expect(plan.configuration.vision.mlpWidth[0] == sample.configuration.vision.mlpWidth[0] - 6)
  }

  @Test("a layer that adds nothing can go", arguments: [PruningSample.Kind.plain, .layerScale, .uneven])
  func emptyLayer(kind: PruningSample.Kind) throws {
    var sample = try PruningSample(kind)
    for name in ["attn.out_proj.weight", "attn.out_proj.bias", "mlp.c_proj.weight", "mlp.c_proj.bias"] {
      sample.edit("visual.transformer.resblocks.1.\(name)") { elements, _ in
        for index in elements.indices { elements[index] = 0 }
      }
    }
    var plan = PruningPlan(keepingAllOf: sample.configuration)
    plan.vision.layers = [0, 2]
    plan.vision.heads.remove(at: 1)
    plan.vision.units.remove(at: 1)
    let distance = PruningSample.distance(try sample.features(try sample.cut(plan)), try sample.features())
    #expect(distance < 1e-6)
  }

  @Test("another order of channels changes nothing", arguments: PruningSample.Kind.allCases)
  func permutation(kind: PruningSample.Kind) throws {
    let sample = try PruningSample(kind)
    var plan = PruningPlan(keepingAllOf: sample.configuration), random = Philox(seed: 3, purpose: .test)
    random.shuffle(&plan.vision.channels)
    random.shuffle(&plan.text.channels)
    for layer in plan.vision.units.indices {
      random.shuffle(&plan.vision.units[layer])
      random.shuffle(&plan.vision.heads[layer])
    }
    let distance = PruningSample.distance(try sample.features(try sample.cut(plan)), try sample.features())
    #expect(distance < 1e-6)
  }

  @Test("the report's parameters and multiply-adds are those of the model that is written")
  func reportedSizes() throws {
    let sample = try PruningSample(.uneven)
    var request = ShapeRequest()
    request.vision.layers = 2
    request.vision.width = 17
    request.vision.heads = [1]
    request.vision.mlp = [20, 13]
    request.text.width = 11
    request.embedDimension = 7
    let result = try sample.pruner("surgeon").run(request, calibration: sample.calibration)
    let report = PruningReport(
      result, source: "x", strategy: "surgeon", compensation: CompensationOptions(), seed: 0, calibration: nil,
      budget: nil, accuracy: nil, element: .float32, version: "test")
    let shape = result.plan.configuration, counted = result.parameters.entries.reduce(0) { $0 + $1.count }
    #expect(report.json["after"]?["parameters"]?.intValue == counted)
    // Products as the tensors' own shapes make them.
    func matrix(_ name: String) -> Int { result.parameters[name]?.count ?? 0 }
    let tokens = shape.vision.tokens
    var macs = shape.vision.patches * matrix("visual.conv1.weight") + matrix("visual.proj")
    for layer in 0..<2 {
      let block = "visual.transformer.resblocks.\(layer)"
      for name in ["attn.in_proj_weight", "attn.out_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"] {
        macs += tokens * matrix("\(block).\(name)")
      }
      macs += 2 * tokens * tokens * (result.parameters["\(block).attn.out_proj.weight"]?.shape[1] ?? 0)
    }
    #expect(report.json["after"]?["image_macs"]?.intValue == macs)
    #expect(shape.vision.mlpWidth == [20, 13])
    #expect(shape.vision.width == 17 && shape.text.width == 11 && shape.embedDimension == 7)
    #expect(try sample.features(result.model).allSatisfy(\.isFinite))
  }

  @Test(
    "heads, hidden units, width, depth and embedding of towers with attention that pools, gates and inner norms",
    arguments: [PruningSample.Kind.attentionPool, .gated, .eva], ["surgeon", "activation", "taylor", "magnitude"])
  func otherBlocks(kind: PruningSample.Kind, strategy: String) throws {
    let sample = try PruningSample(kind)
    var request = ShapeRequest()
    request.vision.layers = 2
    request.vision.width = 17
    request.vision.heads = [2]
    request.vision.mlp = [20]
    request.embedDimension = 7
    let result = try sample.pruner(strategy).run(request, calibration: sample.calibration)
    #expect(try sample.features(result.model).allSatisfy(\.isFinite))
    let expected = ParameterList(result.plan.configuration).parameters.map(\.shape)
    #expect(result.parameters.entries.map(\.parameter.shape) == expected)
    #expect(result.plan.configuration.vision.attentionPool == sample.configuration.vision.attentionPool)
  }

  @Test("a tower that ends without a projection keeps its width, and says so")
  func noProjection() throws {
    var sample = try PruningSample(.attentionPool)
    sample.configuration.vision.projType = .none
    sample.configuration.embedDimension = sample.configuration.vision.width
    var request = ShapeRequest()
    request.vision.width = 16
    let shape = sample.configuration
    #expect(throws: InputError.self) { try request.shape(of: shape) }
  }

  @Test("a pruned model can be pruned again")
  func again() throws {
    var sample = try PruningSample()
    var request = ShapeRequest()
    request.vision.mlp = [20]
    request.vision.width = 16
    let first = try sample.pruner("surgeon").run(request, calibration: sample.calibration)
    sample.configuration = first.plan.configuration
    sample.parameters = Dictionary(
      uniqueKeysWithValues: first.parameters.entries.map { ($0.name, first.parameters[$0]) })
    request.vision.mlp = [10]
    request.vision.width = 12
    request.vision.layers = 2
    let second = try sample.pruner("activation").run(request, calibration: sample.calibration)
    #expect(second.plan.configuration.vision.mlpWidth == [10, 10])
    #expect(try sample.features(second.model).allSatisfy(\.isFinite))
  }
}
