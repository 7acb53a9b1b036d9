import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import CLIPTensors
import Testing

@Suite("Compensation")
struct CompensationTests {
  @Test("a unit that others can stand in for is made up for", arguments: PruningSample.Kind.withoutInnerNorms)
  func duplicates(kind: PruningSample.Kind) throws {
    var sample = try PruningSample(kind, pairs: 64)
    // Units 0 to 5 of each layer are copies of units 6 to 11.
    for layer in 0..<3 {
      let block = "visual.transformer.resblocks.\(layer)"
      for part in ["c_fc", "c_gate"] {
        sample.edit("\(block).mlp.\(part).weight") { elements, shape in
          for unit in 0..<6 {
            for column in 0..<shape[1] { elements[unit * shape[1] + column] = elements[(unit + 6) * shape[1] + column] }
          }
        }
        sample.edit("\(block).mlp.\(part).bias") { elements, _ in
          for unit in 0..<6 { elements[unit] = elements[unit + 6] }
        }
      }
    }
    var request = ShapeRequest()
    request.vision.mlp = sample.configuration.vision.mlpWidth.map { $0 - 6 }
    var options = CompensationOptions()
    options.ridge = 1e-7
    let result = try sample.pruner("surgeon", options).run(request, calibration: sample.calibration)
    let distance = PruningSample.distance(try sample.features(result.model), try sample.features())
    let bare = try sample.pruner("surgeon", CompensationOptions.none).run(request, calibration: sample.calibration)
    let without = PruningSample.distance(try sample.features(bare.model), try sample.features())
    #expect(distance < 2e-3, "\(distance)")
    #expect(without > 10 * distance, "\(without)")
  }

  @Test("channels that repeat others can go without loss")
  func repeatedChannels() throws {
    // Channels 0 to 3 of the text tower are always what channels 4 to 7 are: everything that writes them agrees.
    var sample = try PruningSample(pairs: 64)
    func copyRows(_ name: String) {
      sample.edit(name) { elements, shape in
        let width = shape.count == 1 ? 1 : shape[1]
        for row in 0..<4 {
          for column in 0..<width { elements[row * width + column] = elements[(row + 4) * width + column] }
        }
      }
    }
    func copyColumns(_ name: String) {
      sample.edit(name) { elements, shape in
        for row in 0..<shape[0] {
          for column in 0..<4 { elements[row * shape[1] + column] = elements[row * shape[1] + column + 4] }
        }
      }
    }
    copyColumns("token_embedding.weight")
    copyColumns("positional_embedding")
    for layer in 0..<2 {
      for name in ["attn.out_proj.weight", "attn.out_proj.bias", "mlp.c_proj.weight", "mlp.c_proj.bias"] {
        copyRows("transformer.resblocks.\(layer).\(name)")
      }
    }
    var request = ShapeRequest()
    request.text.width = 12
    let full = try sample.model.text(sample.calibration.ids, on: sample.pool).normalizedRows().elements
    func error(_ options: CompensationOptions) throws -> Double {
      let result = try sample.pruner("surgeon", options).run(request, calibration: sample.calibration)
      let found = try result.model.text(sample.calibration.ids, on: sample.pool).normalizedRows().elements
      return zip(found, full).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    let bare = try error(.none), compensated = try error(CompensationOptions())
    #expect(compensated < 0.1 * bare, "\(compensated) \(bare)")
  }

  @Test("each part of the compensation brings features nearer to the whole model's")
  func parts() throws {
    let sample = try PruningSample(pairs: 200)
    var request = ShapeRequest()
    request.vision.width = 18
    request.vision.mlp = [24]
    request.text.width = 12
    let full = try sample.features()
    func error(_ text: String) throws -> Double {
      let result = try sample.pruner("surgeon", CompensationOptions(parsing: text))
        .run(request, calibration: sample.calibration)
      return zip(try sample.features(result.model), full).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    let none = try error("none"), mean = try error("mean,stream"), ridge = try error("ridge,mean,stream"),
      all = try error("all")
    #expect(mean < none)
    #expect(ridge < 0.7 * mean)
    #expect(all < 0.7 * mean)
  }

  @Test("the ridge correction is the least of its objective")
  func ridge() throws {
    let pool = ThreadPool(threads: 2)
    var random = Philox(seed: 4, purpose: .test)
    let rows = 50, inputs = 5, outputs = 3
    let x = Tensor((0..<rows * inputs).map { _ in random.normal() + 0.5 }, [rows, inputs])
    let e = Tensor((0..<rows * outputs).map { _ in random.normal() - 0.3 }, [rows, outputs])
    let weights = (0..<rows).map { _ in 0.1 + random.uniform() }
    let ridge = 0.05
    let found = try LeastSquares.correction(
      inputs: x, errors: e, weights: weights, ridge: ridge, by: RowSums(on: pool))
    let weight = try #require(found.weight)
    // The mean diagonal of the centred Gram matrix, as the ridge counts it.
    let total = weights.reduce(0) { $0 + Double($1) }
    var diagonal = 0.0
    for input in 0..<inputs {
      let mean = (0..<rows).reduce(0.0) { $0 + Double(weights[$1] * x.elements[$1 * inputs + input]) } / total
      diagonal += (0..<rows).reduce(0.0) {
        let difference = Double(x.elements[$1 * inputs + input]) - mean
        return $0 + Double(weights[$1]) * difference * difference
      }
    }
    func objective(_ weight: DoubleMatrix, _ bias: [Double]) -> Double {
      var sum = 0.0
      for row in 0..<rows {
        for output in 0..<outputs {
          var error = Double(e.elements[row * outputs + output]) - bias[output]
          for input in 0..<inputs { error -= weight[output, input] * Double(x.elements[row * inputs + input]) }
          sum += Double(weights[row]) * error * error
        }
      }
      return sum + ridge * diagonal / Double(inputs) * weight.elements.reduce(0) { $0 + $1 * $1 }
    }
    let best = objective(weight, found.bias)
    for index in 0..<outputs * inputs {
      for step in [-1e-3, 1e-3] {
        var other = weight
        other.elements[index] += step
        #expect(objective(other, found.bias) > best)
      }
    }
    for output in 0..<outputs {
      for step in [-1e-3, 1e-3] {
        var bias = found.bias
        bias[output] += step
        #expect(objective(weight, bias) > best)
      }
    }
  }

  @Test("gains and biases are those of simple regression; a channel that stands still gets the mean")
  func gains() throws {
    let x = Tensor([1, 7, 2, 7, 4, 7], [3, 2]), target = Tensor([5, 1, 7, 2, 11, 3], [3, 2])
    let found = try LeastSquares.gains(x, target: target, by: RowSums(on: ThreadPool(threads: 2)))
    #expect(abs(found.gain[0] - 2) < 1e-6 && abs(found.bias[0] - 3) < 1e-5)
    #expect(found.gain[1] == 0 && abs(found.bias[1] - 2) < 1e-6)
  }

  @Test("features that lie in few directions lose nothing in an embedding of as many")
  func embeddingBasis() throws {
    let pool = ThreadPool(threads: 2)
    var random = Philox(seed: 6, purpose: .test)
    let directions = (0..<3).map { _ in (0..<10).map { _ in random.normal() } }
    func features(_ count: Int) -> Tensor {
      Tensor(
        (0..<count).flatMap { _ -> [Float] in
          let shares = (0..<3).map { _ in random.normal() }
          return (0..<10).map { column in (0..<3).reduce(0) { $0 + shares[$1] * directions[$1][column] } }
        }, [count, 10]
      ).normalizedRows()
    }
    let image = features(40), text = features(40)
    let basis = try #require(EmbeddingBasis.directions(image, text, length: 3, on: pool))
    func turned(_ x: Tensor) -> [[Double]] {
      (0..<x.shape[0]).map { row in
        (0..<3).map { column in
          (0..<10).reduce(0.0) { $0 + Double(x.elements[row * 10 + $1]) * Double(basis.elements[$1 * 3 + column]) }
        }
      }
    }
    let (a, b) = (turned(image), turned(text))
    for i in 0..<5 {
      for j in 0..<5 {
        let before = (0..<10).reduce(0.0) {
          $0 + Double(image.elements[i * 10 + $1]) * Double(text.elements[j * 10 + $1])
        }
        let after = (0..<3).reduce(0.0) { $0 + a[i][$1] * b[j][$1] }
        #expect(abs(before - after) < 1e-5)
      }
    }
  }

  @Test("the logit scale of a model that is the teacher is the teacher's")
  func logitScale() {
    let pool = ThreadPool(threads: 2)
    var random = Philox(seed: 8, purpose: .test)
    let image = Tensor((0..<40 * 6).map { _ in random.normal() }, [40, 6]).normalizedRows()
    let text = Tensor((0..<40 * 6).map { _ in random.normal() }, [40, 6]).normalizedRows()
    let found = LogitScaleSearch.best(teacher: (image, text), scale: 20, student: (image, text), on: pool)
    #expect(abs(Double(found) - 2.995732) < 2e-3)
  }

  @Test("switches are read as they are written")
  func parsing() throws {
    #expect(try CompensationOptions(parsing: "all").description == "all")
    #expect(try CompensationOptions(parsing: "none").description == "none")
    #expect(try CompensationOptions(parsing: "all,-ridge").description == "mean,layernorm,stream,rotation,logit-scale")
    #expect(try CompensationOptions(parsing: "mean, ridge").description == "mean,ridge")
    #expect(throws: InputError.self) { try CompensationOptions(parsing: "rige") }
  }
}
