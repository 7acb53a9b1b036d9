import CLIPAccelerators
import CLIPFiles
import CLIPModelShapes
import CLIPTestSupport
import Testing

@Suite("Operations of a model")
struct OperationListTests {
  @Test("the list's multiply-adds are the model's", arguments: NamedModels.all.map(\.name))
  func conservation(name: String) throws {
    let model = try NamedModels.model(name).configuration
    let list = OperationList(of: model)
    #expect(list.multiplyAdds(of: .image) == model.imageMultiplyAdds)
    #expect(list.multiplyAdds(of: .text) == model.textMultiplyAdds)
    #expect(list.multiplyAdds(of: .both) == model.embedDimension)
  }

  @Test("attention that pools, gates, inner norms and rotations are counted")
  func otherBlocks() throws {
    var model = try NamedModels.model("ViT-B-16").configuration
    model.vision.poolType = .attention
    model.vision.attentionPool = .init(heads: 12, hidden: 3072)
    model.vision.hasClassToken = false
    let pooling = OperationList(of: model)
    #expect(pooling.multiplyAdds(of: .image) == model.imageMultiplyAdds)
    // Keys and values of 196 tokens, scores and values for one query, three products of one row.
    let pool = 196 * 768 * 2 * 768 + 2 * 196 * 768 + 768 * 768 + 2 * 768 * 3072
    model.vision.poolType = .avg
    let averaging = OperationList(of: model)
    #expect(pooling.multiplyAdds(of: .image) - averaging.multiplyAdds(of: .image) == pool)

    model.vision.tower.isGated = true
    model.vision.tower.hasInnerNorms = true
    model.vision.rotaryReference = 16
    let eva = OperationList(of: model)
    #expect(eva.multiplyAdds(of: .image) == model.imageMultiplyAdds)
    #expect(eva.multiplyAdds(of: .image) - averaging.multiplyAdds(of: .image) == 12 * 196 * 768 * 3072)
    #expect(eva.operations.filter { $0.tower == .image && $0.name == "layer norm" && $0.part == .feedForward }.count == 2)
    #expect(eva.operations.contains { $0.name == "rotate" && $0.count == 24 })
    let reference = try ReferenceCostModel()
    #expect(
      message { _ = try reference.operations(of: model) }
        == "the vision tower's blocks are of a kind that the reference cost model cannot express; take the physical cost model"
    )
  }

  @Test("a pruned model's layers are counted one by one")
  func pruned() throws {
    var model = try NamedModels.model("ViT-B-16").configuration
    model.vision.headsPerLayer[3] = 5
    model.vision.mlpWidth[7] = 1000
    model.text.mlpWidth[0] = 64
    let list = OperationList(of: model)
    #expect(list.multiplyAdds(of: .image) == model.imageMultiplyAdds)
    #expect(list.multiplyAdds(of: .text) == model.textMultiplyAdds)
    let reference = try ReferenceCostModel()
    #expect(
      message { _ = try reference.operations(of: model) }
        == "the vision tower's layers differ, which the reference cost model cannot express; take the physical cost model"
    )
  }

  @Test("the reference counts a layer too many and swaps what attention sums up")
  func reference() throws {
    let model = try NamedModels.model("ViT-B-16-quickgelu").configuration
    let list = try ReferenceCostModel().operations(of: model)
    let up = list.operations.filter { $0.name == "up" }
    #expect(up.map(\.count) == [13, 13])
    let scores = try #require(list.operations.first { $0.name == "scores" && $0.tower == .image })
    #expect(scores.work == .matrixProduct(MatrixProduct(rows: 12 * 197, outputs: 197, reduced: 197)))
    let context = try #require(list.operations.first { $0.name == "context" && $0.tower == .image })
    #expect(context.work == .matrixProduct(MatrixProduct(rows: 12 * 197, outputs: 64, reduced: 64)))
    // The true ones, for contrast.
    let truth = OperationList(of: model).operations
    let trueScores = try #require(truth.first { $0.name == "scores" && $0.tower == .image })
    #expect(
      trueScores.work
        == .matrixProduct(MatrixProduct(batches: 12, rows: 197, outputs: 197, reduced: 64, hasWeights: false)))
    #expect(truth.filter { $0.name == "up" }.map(\.count) == [12, 12])
  }

  @Test("the cached first result lends its fused cycle to the image tower's keys and values, not to the text tower's")
  func cachedResult() throws {
    let model = try NamedModels.model("ViT-B-16-quickgelu").configuration
    let list = try ReferenceCostModel().operations(of: model).operations
    let keys = list.filter { $0.name == "key, value" }
    #expect(keys.map(\.tower) == [.image, .text])
    #expect(keys.map(\.extraCycles) == [1, 0])
  }
}
