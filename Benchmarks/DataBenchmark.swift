import CLIPCheckpoints
import CLIPModels
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import Foundation
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPTensors
import CLIPTraining

/// What does a training step wait for its data? Drawing, decoding, augmenting and tokenizing a batch beside computing its
/// gradients, both on all threads: what is drawn for one step is not overlapped with another, since both want the same
/// processors.
enum DataBenchmark {
  static func run(_ options: Options, _ report: inout Report) throws {
    let pool = ThreadPool(threads: options.threads)
    var table = Table(["data", "model", "batch", "ms drawing", "ms computing", "share of the step", "samples/s drawn"])
    try add(
      "scenes, 64 px", ImageTextData.open("scenes:train?count=1000000").indexed(), "micro", 128, options, pool, &table)
    let image =
      options.image
      ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Tests/ImagesTests/Fixtures/images/photo.jpg").path
    let photo = try RepeatedPhoto(image)
    try add("JPEG \(photo.size), to 224 px", photo, "tinyclip-8m-16", 32, options, pool, &table)
    try report.add(
      "data: the loader's share of a training step, \(options.threads) threads",
      "Medians of \(options.rounds) alternating rounds. Random crops as by default.", table)
  }

  private static func add(
    _ name: String, _ source: any IndexedSource, _ model: String, _ batch: Int, _ options: Options, _ pool: ThreadPool,
    _ table: inout Table
  ) throws {
    let config = try ModelDescription.resolve(try Options.config(model)).configuration
    let engine = try TrainingEngine(config, from: InitialParameters(config, seed: 1, pool: pool), on: pool)
    var settings = TrainingData.Settings()
    settings.batchSize = batch
    settings.contextLength = config.text.contextLength
    settings.augmentation = Augmentation()
    let vocabulary =
      config.text.vocabularySize < 49408 ? try DataFolder.path("vocabularies/scenes/tokenizer.json") : nil
    var data = try TrainingData(
      source, tokenizer: try LoadedModel.tokenizer(vocabulary, for: config),
      preprocessing: Preprocessing(imageSize: config.vision.imageSize), settings)
    var position = DataPosition(), drawing = Samples(), computing = Samples()
    let terms = [LossTerm(ContrastiveLoss())]
    for round in 0...options.rounds {
      var items: [TrainingData.Item] = []
      let drawn = try Worker.seconds { items = try data.next(&position, on: pool) }
      let images = Tensor(items.flatMap(\.pixels), [batch, 3, config.vision.imageSize, config.vision.imageSize])
      let computed = try Worker.seconds {
        _ = try engine.computeGradients(.init(images: images, ids: items.flatMap(\.ids)), terms)
        engine.update(step: round + 1, rate: 1e-4)
      }
      if round > 0 {
        drawing.add(drawn * 1e3)
        computing.add(computed * 1e3)
      }
    }
    let share = drawing.median / (drawing.median + computing.median)
    table.add([
      name, model, "\(batch)", drawing.summary, computing.summary, "\(Samples.text(100 * share)) %",
      Samples.text(Double(batch) / drawing.median * 1e3),
    ])
  }
}

/// One photograph, as many times as one likes.
private struct RepeatedPhoto: IndexedSource {
  let path: String
  let count = 100_000
  let size: String
  private let bytes: SampleBytes

  init(_ path: String) throws {
    self.path = path
    bytes = SampleBytes(try TextFile.bytes(of: path))
    let picture = try bytes.withUnsafeBytes { try ImageDecoder.decode($0, DecodingOptions()) }
    size = "\(picture.columns)x\(picture.rows)"
  }

  func sample(at index: Int) throws -> ImageTextSample {
    ImageTextSample(key: "\(index)", image: .encoded(bytes), captions: ["a photograph of something"], file: path)
  }
}
