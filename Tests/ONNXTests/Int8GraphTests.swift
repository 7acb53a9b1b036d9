import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPONNX
import CLIPQuantization
import CLIPTensors
import Testing

/// Graphs in 8 bits, run by the interpreter of these tests, beside the simulation.
@Suite("Exported graphs in 8 bits")
struct Int8GraphTests {
  private struct Pair {
    let model: CLIPModel
    let quantized: QuantizedModel
    let folder: ONNXFolder
    let images: Tensor
    let ids: [Int32]

    /// Ranges end below the largest magnitudes, so that both ends are reached.
    init(_ model: CLIPModel) throws {
      self.model = model
      images = Sample.images(16)
      ids = Sample.ids(16)
      quantized = try QuantizedModel(
        model, images: images, ids: ids, clipping: .percentile(0.98), on: ThreadPool(threads: 1))
      folder = try ONNXFolder(
        model, quantized: quantized, preprocess: PreprocessConfiguration(size: 24), tokenizer: try Sample.tokenizer(),
        version: "1")
    }
  }

  @Test(
    "features are the simulation's, but for numbers that lie between two steps",
    arguments: ["", "\"quick_gelu\": true,"],
    [
      ("", ""), (", \"pool_type\": \"avg\"", ", \"proj_bias\": true"),
      (", \"pool_type\": \"avg\", \"final_ln_after_pool\": true, \"no_ln_pre\": true", ", \"pool_type\": \"last\""),
      (", \"ls_init_value\": 0.5", ", \"no_causal_mask\": true"),
      (", \"pool_type\": \"map\", \"class_token\": false, \"patch_bias\": true", ", \"swiglu\": true"),
      (", \"swiglu\": true, \"inner_norms\": true, \"rotary_reference\": 16, \"proj_bias\": true", ""),
    ])
  func features(more: String, towers: (vision: String, text: String)) throws {
    let pair = try Pair(try Sample.model(more, vision: towers.vision, text: towers.text))
    let pool = ThreadPool(threads: 1)
    let images = try pair.quantized.imageFeatures(pair.images, on: pool)
    let texts = try pair.quantized.textFeatures(pair.ids, on: pool)
    for (read, simulated, float) in [
      (
        try pair.folder.imageEncoder.read().features(pair.images), images,
        try pair.model.imageFeatures(pair.images, on: pool)
      ),
      (try pair.folder.textEncoder.read().features(pair.ids), texts, try pair.model.textFeatures(pair.ids, on: pool)),
    ] {
      let squares = squaredDistance(read, simulated),
        rounding = squaredDistance(float.elements.map(Double.init), simulated)
      // What rounding itself costs is the measure: a number between two steps may go either way, and others after it.
      #expect(squares < 0.05 * rounding, "\(squares) \(rounding)")
      let exact = rowsEqual(read, simulated)
      #expect(exact >= 8, "\(exact) of 16 rows")
    }
  }

  private func squaredDistance(_ a: [Double], _ b: Tensor) -> Double {
    zip(a, b.elements).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
  }

  /// Rows in which no number was rounded to another step.
  private func rowsEqual(_ a: [Double], _ b: Tensor) -> Int {
    let columns = b.shape[1], other = b.elements
    return (0..<b.shape[0]).count { row in
      (row * columns..<(row + 1) * columns).allSatisfy { abs(a[$0] - Double(other[$0])) < 1e-5 }
    }
  }

  @Test("weights are stored in 8 bits, with the simulation's scales")
  func storage() throws {
    let pair = try Pair(try Sample.model()), graph = try pair.folder.imageEncoder.read()
    let text = try pair.folder.textEncoder.read()
    let floats = try Sample.folder(pair.model).imageEncoder.read()
    for (name, constant) in floats.constants where constant.element == 1 && constant.value.shape.count > 1 {
      #expect(graph.constants[name]?.element == 3, "\(name)")
      #expect(graph.constants[name]?.value.shape == constant.value.shape, "\(name)")
      let scales = graph.constants["\(name)_scale"]?.value.numbers ?? []
      let all = Set(pair.quantized.weightScales.flatMap(\.scales).map(Double.init))
      if !name.hasSuffix("embedding") { #expect(Set(scales).isSubset(of: all) && !scales.isEmpty, "\(name)") }
    }
    #expect(text.constants["token_embedding.weight"]?.element == 3)
    #expect(text.constants["positional_embedding"]?.element == 3)
    #expect(text.metadata["precision"] == "int8" && graph.metadata["precision"] == "int8")
    let grids = graph.constants.values.filter { $0.element == 3 }.flatMap(\.value.numbers)
    #expect(grids.map(abs).max() == 127)
  }

  @Test("each product's two inputs come out of 8 bits, which nothing else reads")
  func pairs() throws {
    let pair = try Pair(try Sample.model())
    for graph in [try pair.folder.imageEncoder.read(), try pair.folder.textEncoder.read()] {
      let makers = Dictionary(graph.nodes.flatMap { node in node.outputs.map { ($0, node) } }) { first, _ in first }
      let readers = graph.nodes.flatMap(\.inputs).reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
      let products = graph.nodes.filter { ["MatMul", "Conv"].contains($0.kind) }
      #expect(products.count >= 13)
      for product in products {
        for input in product.inputs {
          #expect(makers[input]?.kind == "DequantizeLinear", "\(product.outputs) reads \(input)")
          #expect(readers[input] == 1, "\(input)")
        }
      }
    }
  }

  @Test("other numbers of few bits, and weights whose errors are made up for by biases, are refused")
  func otherNumbers() throws {
    let pair = try Pair(try Sample.model()), pool = ThreadPool(threads: 1)
    for (name, rounding) in [
      ("w4a8-channel", WeightRounding.nearest), ("int8-softmax", .nearest), ("int8", .compensated),
    ] {
      let quantized = try QuantizedModel(
        pair.model, images: pair.images, ids: pair.ids, arithmetic: Arithmetic(parsing: name), rounding: rounding,
        on: pool)
      let error = try #require(throws: InputError.self) {
        _ = try ONNXFolder(
          pair.model, quantized: quantized, preprocess: PreprocessConfiguration(size: 24),
          tokenizer: Sample.tokenizer(),
          version: "1")
      }
      #expect(error.description.contains("only int8 is written as ONNX"))
    }
  }
}
