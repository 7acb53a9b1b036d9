import CLIPModels
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import Foundation
import CLIPModelShapes
import CLIPPruning
import CLIPTensors
import Testing
import CLIPTraining

@Suite("Importance scores")
struct ScoreTests {
  private func importance(_ sample: PruningSample, _ strategy: String, _ request: ShapeRequest = ShapeRequest()) throws
    -> Importance
  {
    try sample.pruner(strategy).run(request, calibration: sample.calibration).importance
  }

  /// What a text layer shows, token by token up to the end token, computed from the tower's own observations.
  private struct Shown {
    /// The hidden layer after its activation.
    var hidden: [[Double]] = []
    /// The heads' outputs.
    var attended: [[Double]] = []
    /// What the attention reads, and what the feed-forward layer reads.
    var first: [[Double]] = []
    var second: [[Double]] = []
  }

  private func shown(_ sample: PruningSample, layer: Int) throws -> Shown {
    let model = try sample.model
    var before: [Float] = []
    _ = try model.text(sample.calibration.ids, on: sample.pool) { name, value in
      if name == "block\(layer - 1)" { before = value.elements }
    }
    let block = model.text.transformer.blocks[layer], width = 16, context = 9
    var shown = Shown()
    for text in 0..<sample.calibration.count {
      let ids = Array(sample.calibration.ids[text * context..<(text + 1) * context])
      let end = ids.firstIndex(of: 49) ?? 0, tokens = end + 1
      let stream = Tensor(Array(before[text * context * width..<(text * context + tokens) * width]), [tokens, width])
      let half = HalfBlock(block, stream, tokens: tokens)
      let weight = block.feedForward.expansion.weight.elements, bias = block.feedForward.expansion.bias.elements
      for token in 0..<tokens {
        func row(_ tensor: Tensor) -> [Double] {
          let columns = tensor.shape[1]
          return tensor.elements[token * columns..<(token + 1) * columns].map(Double.init)
        }
        let second = row(half.second)
        shown.first.append(row(half.first))
        shown.second.append(second)
        shown.attended.append(row(half.attended))
        shown.hidden.append(
          bias.indices.map { unit in
            let sum = (0..<width).reduce(Double(bias[unit])) { $0 + Double(weight[unit * width + $1]) * second[$1] }
            return sum * 0.5 * erfc(-sum / 2.0.squareRoot())
          })
      }
    }
    return shown
  }

  @Test("activation: a unit's score is its variance up to the end token times the square of its outgoing column")
  func activationUnits() throws {
    let sample = try PruningSample(), found = try importance(sample, "activation").text.units[1]
    let rows = try shown(sample, layer: 1).hidden, count = Double(rows.count)
    let outgoing = try sample.model.text.transformer.blocks[1].feedForward.contraction.weight
    for unit in 0..<32 {
      let mean = rows.reduce(0) { $0 + $1[unit] } / count
      let variance = rows.reduce(0) { $0 + ($1[unit] - mean) * ($1[unit] - mean) } / count
      let square = (0..<16).reduce(0.0) {
        let value = Double(outgoing.elements[$1 * 32 + unit])
        return $0 + value * value
      }
      #expect(abs(found[unit] - variance * square) < 1e-4 * max(variance * square, 1e-3), "unit \(unit)")
    }
  }

  @Test("activation: a head's score is the variance of what it adds to the stream")
  func activationHeads() throws {
    let sample = try PruningSample(), found = try importance(sample, "activation").text.heads[1]
    let rows = try shown(sample, layer: 1).attended
    let weight = try sample.model.text.transformer.blocks[1].attention.output.weight.elements
    for head in 0..<2 {
      let added = rows.map { row in
        (0..<16).map { channel in
          (head * 8..<head * 8 + 8).reduce(0.0) { $0 + Double(weight[channel * 16 + $1]) * row[$1] }
        }
      }
      var variance = 0.0
      for channel in 0..<16 {
        let mean = added.reduce(0) { $0 + $1[channel] } / Double(rows.count)
        variance += added.reduce(0) { $0 + ($1[channel] - mean) * ($1[channel] - mean) } / Double(rows.count)
      }
      #expect(abs(found[head] - variance) < 1e-4 * variance)
    }
  }

  @Test("activation: a channel's score is its share of what every reader reads")
  func activationChannels() throws {
    let sample = try PruningSample(), found = try importance(sample, "activation").text.channels
    let model = try sample.model
    func shares(_ rows: [[Double]], _ weight: Tensor, _ place: (Int, Int) -> Int, outputs: Int) -> [Double] {
      let parts = (0..<16).map { channel in
        let energy = rows.reduce(0) { $0 + $1[channel] * $1[channel] } / Double(rows.count)
        return energy * (0..<outputs).reduce(0.0) { $0 + pow(Double(weight.elements[place($1, channel)]), 2) }
      }
      let total = parts.reduce(0, +)
      return parts.map { $0 / total }
    }
    // The first layer has no block before it to observe, so its shares are what the sum of all others leaves.
    let second = try shown(sample, layer: 1), block = model.text.transformer.blocks[1]
    var known = [Double](repeating: 0, count: 16)
    for part in [
      shares(second.first, block.attention.inputWeight, { $0 * 16 + $1 }, outputs: 48),
      shares(second.second, block.feedForward.expansion.weight, { $0 * 16 + $1 }, outputs: 32),
    ] { for channel in 0..<16 { known[channel] += part[channel] } }
    // Five readers in all, each of which gives shares that add up to one.
    #expect(abs(found.reduce(0, +) - 5) < 1e-9)
    for channel in 0..<16 { #expect(found[channel] > known[channel] - 1e-5) }
  }

  @Test("activation: block influence is one minus the mean cosine of a block's input and output")
  func influence() throws {
    let sample = try PruningSample(), found = try importance(sample, "activation").vision.layers
    var streams: [[Float]] = []
    _ = try sample.model.vision(sample.calibration.images, on: sample.pool) { name, value in
      if name.hasPrefix("block") || name == "ln_pre" { streams.append(value.elements) }
    }
    for layer in 0..<3 {
      let (a, b) = (streams[layer], streams[layer + 1])
      var sum = 0.0
      for row in 0..<a.count / 24 {
        var dot = 0.0, x = 0.0, y = 0.0
        for column in 0..<24 {
          let (p, q) = (Double(a[row * 24 + column]), Double(b[row * 24 + column]))
          dot += p * q
          x += p * p
          y += q * q
        }
        sum += dot / (x * y).squareRoot()
      }
      #expect(abs(found[layer] - (1 - sum / Double(a.count / 24))) < 1e-5)
    }
  }

  @Test("magnitude: squares of everything that goes with a head")
  func magnitude() throws {
    let sample = try PruningSample(), found = try importance(sample, "magnitude")
    let input = try #require(sample.parameters["visual.transformer.resblocks.1.attn.in_proj_weight"]).elements
    let output = try #require(sample.parameters["visual.transformer.resblocks.1.attn.out_proj.weight"]).elements
    var sum = 0.0
    for place in 16..<24 {
      for part in 0..<3 {
        for column in 0..<24 { sum += pow(Double(input[(part * 24 + place) * 24 + column]), 2) }
      }
      for row in 0..<24 { sum += pow(Double(output[row * 24 + place]), 2) }
    }
    #expect(abs(found.vision.heads[1][2] - sum) < 1e-6 * sum)
  }

  @Test("taylor: the square of the loss's derivative along a unit, by finite differences")
  func taylor() throws {
    let sample = try PruningSample(pairs: 32), found = try importance(sample, "taylor")
    let engine = try TrainingEngine(sample.configuration, from: sample.state, on: sample.pool)
    let model = try sample.model
    let batch = TrainingEngine.Batch(
      images: sample.calibration.images, ids: sample.calibration.ids,
      teachers: [
        TeacherFeatures(
          image: try model.imageFeatures(sample.calibration.images, on: sample.pool),
          text: try model.textFeatures(sample.calibration.ids, on: sample.pool), logitScale: model.scale)
      ])
    let term = [LossTerm(InteractiveLoss())]
    let name = "visual.transformer.resblocks.1.mlp.c_proj.weight"
    let entry = try #require(engine.weights.entries.first { $0.name == name })
    let start = engine.weights[entry].elements, step: Float = 0.05
    for unit in [0, 7, 39] {
      func loss(_ factor: Float) throws -> Double {
        var changed = start
        for row in 0..<24 { changed[row * 40 + unit] *= factor }
        engine.weights.set(entry, Tensor(changed, [24, 40]))
        return try engine.computeGradients(batch, term).total
      }
      let slope = (try loss(1 + step) - loss(1 - step)) / Double(2 * step)
      let score = found.vision.units[1][unit]
      #expect(abs(score.squareRoot() - abs(slope)) < 2e-2 * abs(slope) + 2e-5, "\(score.squareRoot()) \(slope)")
    }
  }

  @Test("reference: a head's score is the recall lost when its outputs are closed; width goes from the end")
  func reference() throws {
    var sample = try PruningSample(pairs: 48)
    let found = try importance(sample, "reference")
    func accuracy() throws -> Double {
      let model = try sample.model
      return try RetrievalMetrics(
        image: model.imageFeatures(sample.calibration.images, on: sample.pool),
        text: model.textFeatures(sample.calibration.ids, on: sample.pool), owner: Array(0..<48), on: sample.pool
      ).meanRecallAt1
    }
    let whole = try accuracy(), name = "visual.transformer.resblocks.1.attn.out_proj.weight"
    let kept = sample.parameters[name]
    sample.edit(name) { elements, shape in
      for row in 0..<shape[0] { for column in 8..<16 { elements[row * shape[1] + column] = 0 } }
    }
    #expect(abs(found.vision.heads[1][1] - (whole - (try accuracy()))) < 1e-9)
    sample.parameters[name] = kept
    let mlp = "transformer.resblocks.0.mlp.c_proj.weight"
    sample.edit(mlp) { elements, shape in
      for row in 0..<shape[0] { for column in 4..<8 { elements[row * shape[1] + column] = 0 } }
    }
    let lost = whole - (try accuracy())
    for unit in 4..<8 { #expect(abs(found.text.units[0][unit] - lost) < 1e-9) }
    #expect(found.vision.channels == found.vision.channels.sorted(by: >))
  }

  @Test("surgeon: leaving a layer out is measured by the model's own divergence")
  func layers() throws {
    let sample = try PruningSample()
    var request = ShapeRequest()
    request.vision.layers = 2
    let found = try importance(sample, "surgeon", request), model = try sample.model
    let gone = try #require(found.vision.layers.firstIndex(of: -3))
    var least = Double.infinity, divergences: [Double] = []
    let text = try model.textFeatures(sample.calibration.ids, on: sample.pool)
    let whole = try model.imageFeatures(sample.calibration.images, on: sample.pool)
    for layer in 0..<3 {
      var plan = PruningPlan(keepingAllOf: sample.configuration)
      plan.vision.layers.remove(at: layer)
      plan.vision.heads.remove(at: layer)
      plan.vision.units.remove(at: layer)
      let short = try sample.cut(plan).imageFeatures(sample.calibration.images, on: sample.pool)
      var sum = 0.0
      for row in 0..<sample.calibration.count {
        func shares(_ features: Tensor) -> [Double] {
          let logits = (0..<sample.calibration.count).map { column in
            Double(model.scale)
              * (0..<12).reduce(0.0) {
                $0 + Double(features.elements[row * 12 + $1]) * Double(text.elements[column * 12 + $1])
              }
          }
          let top = logits.max() ?? 0, total = logits.reduce(0) { $0 + exp($1 - top) }
          return logits.map { exp($0 - top) / total }
        }
        sum += zip(shares(whole), shares(short)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
      }
      let divergence = sum / Double(sample.calibration.count)
      divergences.append(divergence)
      least = min(least, divergence)
      #expect(layer == gone || abs(found.vision.layers[layer] - divergence) < 1e-4)
    }
    #expect(divergences[gone] == least)
  }

  @Test("surgeon: each step gives up the part whose loss no refit can repair is least, checked by refitting all")
  func surgeon() throws {
    var random = Philox(seed: 2, purpose: .test)
    let inputs = 6, outputs = 4, rows = 40
    let mix = (0..<inputs * inputs).map { _ in Double(random.normal()) }
    let x = (0..<rows).map { _ -> [Double] in
      let source = (0..<inputs).map { _ in Double(random.normal()) }
      return (0..<inputs).map { column in (0..<inputs).reduce(0) { $0 + mix[column * inputs + $1] * source[$1] } }
    }
    var covariance = DoubleMatrix(rows: inputs, columns: inputs)
    for row in x { for i in 0..<inputs { for j in 0..<inputs { covariance[i, j] += row[i] * row[j] / Double(rows) } } }
    let weight = DoubleMatrix(
      (0..<outputs * inputs).map { _ in Double(random.normal()) }, rows: outputs, columns: inputs)
    let ridge = 1e-6
    let reader = try #require(OptimalSurgeon.Reader(covariance: covariance, weight: weight, ridge: ridge))
    let scores = OptimalSurgeon.scores([reader], parts: (0..<inputs).map { $0..<$0 + 1 })
    // By brute force: what the best refit from the inputs left leaves.
    func error(without gone: [Int]) -> Double {
      let kept = (0..<inputs).filter { !gone.contains($0) }
      var small = covariance.selecting(rows: kept, columns: kept)
      for index in kept.indices { small[index, index] += ridge * covariance.diagonal.reduce(0, +) / Double(inputs) }
      guard let factor = Cholesky(small) else { return .infinity }
      let all = Array(0..<outputs), lost = weight.selecting(rows: all, columns: gone)
      let cross = covariance.selecting(rows: gone, columns: kept)
      let explained = DoubleMatrix.product(cross, DoubleMatrix.product(factor.inverse, cross, transposingB: true))
      let left = covariance.selecting(rows: gone, columns: gone)
      var sum = 0.0
      for output in all {
        for i in gone.indices {
          for j in gone.indices { sum += lost[output, i] * (left[i, j] - explained[i, j]) * lost[output, j] }
        }
      }
      return sum
    }
    var gone: [Int] = []
    for _ in 0..<inputs - 1 {
      let candidates = (0..<inputs).filter { !gone.contains($0) }
      let best = try #require(candidates.min { error(without: gone + [$0]) < error(without: gone + [$1]) })
      let chosen = try #require(candidates.min { scores[$0] < scores[$1] })
      #expect(chosen == best)
      gone.append(chosen)
    }
  }

  @Test("the parts that nobody reads go first", arguments: ["surgeon", "activation", "taylor"])
  func closedUnits(strategy: String) throws {
    var sample = try PruningSample(pairs: 64)
    sample.edit("visual.transformer.resblocks.1.mlp.c_proj.weight") { elements, shape in
      for row in 0..<shape[0] { for column in [4, 17, 30] { elements[row * shape[1] + column] = 0 } }
    }
    sample.edit("visual.transformer.resblocks.1.attn.out_proj.weight") { elements, shape in
      for row in 0..<shape[0] { for column in 8..<16 { elements[row * shape[1] + column] = 0 } }
    }
    var request = ShapeRequest()
    request.vision.mlp = [37]
    request.vision.heads = [2]
    let plan = try sample.pruner(strategy).run(request, calibration: sample.calibration).plan
    #expect(plan.vision.units[1] == (0..<40).filter { ![4, 17, 30].contains($0) })
    #expect(plan.vision.heads[1] == [0, 2])
  }

  @Test("rankings are the same bits on any number of threads, from run to run", arguments: ImportanceCatalog.names)
  func deterministic(strategy: String) throws {
    var request = ShapeRequest()
    request.vision.layers = 2
    request.vision.width = 16
    let one = try PruningSample(pairs: 40, threads: 1), three = try PruningSample(pairs: 40, threads: 3)
    let a = try one.pruner(strategy, seed: 5).run(request, calibration: one.calibration)
    let b = try three.pruner(strategy, seed: 5).run(request, calibration: three.calibration)
    #expect(a.importance == b.importance)
    #expect(a.plan == b.plan)
    let (x, y) = (
      a.parameters.entries.map { a.parameters[$0].elements }, b.parameters.entries.map { b.parameters[$0].elements }
    )
    // A flag: on failure the arrays would be printed.
    let areEqual = x == y
    #expect(areEqual)
  }
}
