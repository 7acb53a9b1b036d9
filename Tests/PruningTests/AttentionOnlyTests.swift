import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPModels
import CLIPPruning
import CLIPTensors
import Testing

/// Blocks that are left without a feed-forward layer.
@Suite("Blocks of attention alone")
struct AttentionOnlyTests {
  private func request(_ vision: [Int]) -> ShapeRequest {
    var request = ShapeRequest()
    request.vision.mlp = vision
    return request
  }

  @Test("a feed-forward layer that adds nothing can go without any change", arguments: PruningSample.Kind.allCases)
  func adding(kind: PruningSample.Kind) throws {
    var sample = try PruningSample(kind)
    for name in ["mlp.c_proj.weight", "mlp.c_proj.bias"] {
      sample.edit("visual.transformer.resblocks.1.\(name)") { elements, _ in
        for index in elements.indices { elements[index] = 0 }
      }
    }
    var plan = PruningPlan(keepingAllOf: sample.configuration)
    plan.vision.units[1] = []
    let cut = try sample.cut(plan)
    #expect(PruningSample.distance(try sample.features(cut), try sample.features()) < 1e-6)
    let names = ParameterList(plan.configuration).parameters.map(\.name)
    #expect(!names.contains { $0.hasPrefix("visual.transformer.resblocks.1.mlp") })
    #expect(!names.contains { $0.hasPrefix("visual.transformer.resblocks.1.ln_2") })
    #expect(names.contains("visual.transformer.resblocks.2.mlp.c_fc.weight"))
  }

  @Test(
    "attention is fitted to what the whole block gave: less is lost than by leaving the layer out",
    arguments: [
      "surgeon", "magnitude", "taylor", "activation",
    ])
  func fitting(strategy: String) throws {
    let sample = try PruningSample(pairs: 96), request = request([0, 40, 0])
    var options = CompensationOptions()
    options.ridge = 1e-4
    let fitted = try sample.pruner(strategy, options).run(request, calibration: sample.calibration)
    #expect(fitted.plan.configuration.vision.mlpWidth == [0, 40, 0])
    let bare = try sample.pruner(strategy, CompensationOptions.none).run(request, calibration: sample.calibration)
    let whole = try sample.features()
    func error(_ model: CLIPModel) throws -> Double {
      let found = try sample.features(model)
      return zip(found, whole).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    let (small, large) = (try error(fitted.model), try error(bare.model))
    #expect(small < 0.5 * large, "\(strategy): \(small), \(large)")
  }

  @Test("such a model is counted without the layer, written by our keys, and held by no other library")
  func shape() throws {
    let sample = try PruningSample(), shape = try request([0]).shape(of: sample.configuration)
    let rest = try request([1]).shape(of: sample.configuration)
    let tokens = shape.vision.tokens, width = shape.vision.width
    // One hidden unit costs two products of the width for each token, but in the last block for the one that is read.
    #expect(shape.imageMultiplyAdds < rest.imageMultiplyAdds)
    #expect(rest.imageMultiplyAdds - shape.imageMultiplyAdds <= 3 * 2 * tokens * width)
    #expect(rest.parameterCount - shape.parameterCount == 3 * (2 * width + width + 1 + 2 * width))
    #expect(try CLIPConfiguration(openCLIP: shape.json()) == shape)
    #expect(shape.obstacle(to: .openCLIP) == "image blocks without a feed-forward layer")
    #expect(shape.obstacle(to: .huggingFace) == "image blocks without a feed-forward layer")
  }

  @Test("it is not cut again, and loadable shapes have the layer")
  func refusals() throws {
    let sample = try PruningSample()
    let once = try sample.pruner("magnitude", CompensationOptions.none).run(request([0]), calibration: nil)
    let again = try Pruner(
      once.model, once.parameters, importance: ImportanceCatalog.strategy("magnitude"), on: sample.pool)
    let error = try #require(throws: InputError.self) { try again.run(request([0]), calibration: sample.calibration) }
    #expect(error.description.contains("cannot be cut again"))
    var loadable = try sample.pruner("magnitude")
    loadable.loadable = .openCLIP
    #expect(throws: InputError.self) { try loadable.check(request([0]), nil) }
    var negative = ShapeRequest()
    negative.text.heads = [0]
    #expect(throws: InputError.self) { try negative.shape(of: sample.configuration) }
  }
}
