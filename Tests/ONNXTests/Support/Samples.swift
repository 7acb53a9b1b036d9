import CLIPModels
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPLayers
import CLIPModelShapes
import CLIPONNX
import CLIPTensors
import Testing
import CLIPTokenization

/// A folder that goes away with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
  }
}

/// Random parameters, biases and gains among them: at their first values one might be taken for another unnoticed.
private struct RoughParameters: ParameterSource {
  let initial: InitialParameters
  let seed: UInt64

  func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    let tensor = initial.parameter(name, shape)
    guard shape.rank <= 1 else { return tensor }
    let index = name.utf8.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    var random = Philox(seed: seed, purpose: .search, index: index)
    return Tensor(tensor.elements.map { $0 + 0.2 * random.normal() }, shape)
  }
}

/// Tiny models and what goes into them.
enum Sample {
  static let context = 12

  /// Heads that do not fill the width, and layers of different sizes.
  /// - Parameters:
  ///   - more: keys of the model, each followed by a comma
  ///   - vision, text: further keys of the towers, each after a comma
  ///   - size: the image's
  static func model(
    _ more: String = "", vision: String = "", text: String = "", size: Int = 24, embed: Int = 20, seed: UInt64 = 3
  ) throws -> CLIPModel {
    let document = """
      {"embed_dim": \(embed), \(more)
       "vision_cfg": {"image_size": \(size), "patch_size": 8, "width": 32, "layers": 2, "head_width": 8,
                      "heads": [3, 2], "mlp_width": [40, 24] \(vision)},
       "text_cfg": {"context_length": \(context), "vocab_size": 99, "width": 24, "heads": 3, "layers": 2 \(text)}}
      """
    let configuration = try CLIPConfiguration(openCLIP: try JSONParser.parse(document))
    let initial = InitialParameters(configuration, seed: seed, pool: ThreadPool(threads: 1))
    return try CLIPModel(configuration, from: RoughParameters(initial: initial, seed: seed))
  }

  static func images(_ count: Int, size: Int = 24, seed: UInt64 = 5) -> Tensor {
    var random = Philox(seed: seed, purpose: .search, index: 0)
    return Tensor((0..<count * 3 * size * size).map { _ in random.normal() }, [count, 3, size, size])
  }

  /// Texts of several lengths between a start and an end token, one without an end.
  static func ids(_ count: Int, seed: UInt64 = 7) -> [Int32] {
    var random = Philox(seed: seed, purpose: .search, index: 1)
    return (0..<count).flatMap { text -> [Int32] in
      let length = 2 + text * 5 % (context - 3)
      let words = (0..<length).map { _ in Int32(random.nextWord() % 90 + 1) }
      let ids = [97] + words + (text == 1 ? [] : [98])
      return ids + [Int32](repeating: 0, count: context - ids.count)
    }
  }

  static func folder(_ model: CLIPModel, _ layout: ONNXFolder.Layout = .encoders) throws -> ONNXFolder {
    let preprocess = PreprocessConfiguration(size: model.configuration.vision.imageSize)
    return try ONNXFolder(model, preprocess: preprocess, tokenizer: try tokenizer(), layout: layout, version: "1.2.3")
  }

  static func tokenizer() throws -> Tokenizer {
    var trainer = VocabularyTrainer()
    trainer.add("a red circle")
    return Tokenizer(try trainer.train(size: 520))
  }
}

extension GraphFile {
  /// The graph as a reader sees it.
  func read(limit: Int = GraphFile.longest) throws -> ReadGraph {
    let folder = try TemporaryFolder()
    _ = try write(to: "\(folder.path)/graph.onnx", limit: limit)
    return try ReadGraph("\(folder.path)/graph.onnx")
  }
}

extension ReadGraph {
  /// The graph's result for pictures or ids, computed by the interpreter.
  func features(_ numbers: [Double], _ shape: [Int]) throws -> [Double] {
    let values = try GraphInterpreter(graph: self).run([inputs[0].name: try GraphNumbers(numbers, shape)])
    return values[outputs[0].name]?.numbers ?? []
  }

  func features(_ images: Tensor) throws -> [Double] {
    try features(images.elements.map(Double.init), images.shape.extents)
  }

  func features(_ ids: [Int32]) throws -> [Double] {
    try features(ids.map(Double.init), [ids.count / Sample.context, Sample.context])
  }
}

/// The largest difference of two features.
func deviation(_ a: [Double], _ b: Tensor) -> Double {
  a.count == b.count ? zip(a, b.elements).reduce(0) { max($0, abs($1.0 - Double($1.1))) } : .infinity
}
