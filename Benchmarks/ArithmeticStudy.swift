import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPModels
import CLIPPruning
import CLIPQuantization
import CLIPTensors

/// How accurate is a model in which arithmetic? Mean recall@1 of checkpoints by the bits of their numbers, each calibrated on
/// pairs of several seeds.
struct ArithmeticStudy {
  var models = ["checkpoints/base"]
  var data = "scenes:validation", calibration = "scenes:train"
  var arithmetics = ["fp32", "int8", "w4a8", "w2a8", "w8a16", "int8-only"]
  var count = 1000, pairs = 256, seeds = 3, threads = 2
  var output: String?

  static let usage = """
    usage: Benchmarks arithmetics [--models CHECKPOINTS] [--arithmetics NAMES] [--data DATA] [--calibration-data DATA]
                                  [--samples N] [--calibration-samples N] [--seeds N] [--threads N] [--output FILE.md]
                    an arithmetic as evaluate --precision takes it; behind a colon nearest or compensated, how weights are
                    rounded
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw InputError(Self.usage) }
      func number(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(value), range.contains(number) else {
          throw InputError(
            "\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), found \(value.quoted())")
        }
        return number
      }
      switch name {
      case "--models": models = value.split(separator: ",").map(String.init)
      case "--arithmetics": arithmetics = value.split(separator: ",").map(String.init)
      case "--data": data = value
      case "--calibration-data": calibration = value
      case "--samples": count = try number(16...100_000)
      case "--calibration-samples": pairs = try number(16...100_000)
      case "--seeds": seeds = try number(1...100)
      case "--threads": threads = try number(1...1024)
      case "--output": output = value
      default: throw InputError(Self.usage)
      }
    }
  }

  /// An arithmetic, and how weights are rounded for it.
  private struct Variant {
    let name: String
    let arithmetic: Arithmetic
    let rounding: WeightRounding?

    init(_ text: String) throws {
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      name = text
      arithmetic = try Arithmetic(parsing: parts.first ?? "")
      rounding =
        try parts.count < 2
        ? nil
        : {
          guard let rounding = WeightRounding(rawValue: parts[1]) else {
            throw InputError(
              "unknown rounding \(parts[1].quoted())",
              advice: Suggestion.advice(for: parts[1], among: WeightRounding.allCases.map(\.rawValue)))
          }
          return rounding
        }()
    }
  }

  func run(_ arguments: [String]) throws {
    let variants = try arithmetics.map(Variant.init), pool = ThreadPool(threads: threads)
    var report = Report(arguments, output: output)
    var table = Table(["arithmetic"] + models.map(Folder.name))
    var rows = variants.map { [$0.name] }
    for path in models {
      let loaded = try LoadedModel(LoadedModel.Request(pretrained: path))
      // Prepared once: the same pictures and captions for all.
      let judged = try CalibrationSet(
        ImageTextData.openCaptioned(data), for: loaded, count: count, seed: 0, on: pool)
      let seen = try (0..<seeds).map { seed in
        try CalibrationSet(
          ImageTextData.openCaptioned(calibration), for: loaded, count: pairs, seed: UInt64(seed), on: pool)
      }
      for (index, variant) in variants.enumerated() {
        var shares = Samples()
        if variant.arithmetic.isFloat {
          shares.add(try Self.recall(loaded.model, judged, pool))
        } else {
          for pairs in seen {
            let model = try QuantizedModel(
              loaded.model, images: pairs.images, ids: pairs.ids, arithmetic: variant.arithmetic,
              rounding: variant.rounding, on: pool)
            shares.add(try Self.recall(model, judged, pool))
          }
        }
        rows[index].append(shares.summary)
        report.note(version: "\(Folder.name(of: path)) in \(variant.name): \(shares.summary)")
      }
    }
    for row in rows { table.add(row) }
    try report.add(
      "Mean recall@1 in per cent, by arithmetic",
      "\(count) pairs of \(data); ranges from \(pairs) pairs of \(calibration), \(seeds) seeds: the median, the least and the "
        + "most.", table)
    try report.finish()
  }

  /// Mean recall@1 of a pair's own caption and picture among all, in per cent.
  private static func recall(
    _ model: any FeatureEncoder, _ pairs: CalibrationSet, _ pool: ThreadPool
  ) throws -> Double {
    let batch = 128, places = Array(stride(from: 0, to: pairs.count, by: batch))
    let context = pairs.ids.count / pairs.count
    let images = try places.map {
      try model.imageFeatures(pairs.images.rows($0..<min($0 + batch, pairs.count)), on: pool)
    }
    let texts = try places.map {
      try model.textFeatures(
        Array(pairs.ids[$0 * context..<min($0 + batch, pairs.count) * context]), on: pool)
    }
    let metrics = try RetrievalMetrics(
      image: joined(images), text: joined(texts), owner: Array(0..<pairs.count), on: pool)
    return 100 * metrics.meanRecallAt1
  }

  private static func joined(_ parts: [Tensor]) -> Tensor {
    let columns = parts.first?.shape[1] ?? 0, elements = parts.flatMap(\.elements)
    return Tensor(elements, [elements.count / max(1, columns), columns])
  }
}
