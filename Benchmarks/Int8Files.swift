import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPONNX
import CLIPQuantization
import CLIPTokenization
import Foundation

/// The ONNX files of a random model in 8-bit integers, as `export --precision int8` writes them.
final class Int8Files {
  private let folder: URL

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes both towers into the temporary folder.
  init(_ config: String, _ threads: Int) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-int8-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let shape = try ModelDescription.resolve(config).configuration, pool = ThreadPool(threads: threads)
    let model = try CLIPModel(shape, from: InitialParameters(shape, seed: 1, pool: pool))
    let onnx = try ONNXFolder(
      model, quantized: Self.quantized(model, on: pool), preprocess: PreprocessConfiguration(assumedFor: shape),
      tokenizer: .load(DataFolder.path(TokenizerBenchmark.merges)), version: "benchmarks")
    _ = try onnx.imageEncoder.write(to: path(of: "image"))
    _ = try onnx.textEncoder.write(to: path(of: "text"))
  }

  /// The file of a tower, `image` or `text`.
  func path(of what: String) -> String { folder.appendingPathComponent("\(what).onnx").path }

  /// The model with ranges of random pictures and texts.
  static func quantized(_ model: CLIPModel, on pool: ThreadPool) throws -> QuantizedModel {
    let shape = model.configuration, pairs = 2 * QuantizedModel.fewestPairs
    return try QuantizedModel(
      model, images: InferenceWorker.pixels(shape, batch: pairs, pool),
      ids: InferenceWorker.ids(shape.text, batch: pairs, captionLength: nil), on: pool)
  }
}
