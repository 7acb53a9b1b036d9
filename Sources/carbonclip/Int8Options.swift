import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPPruning
import CLIPQuantization

/// How ranges of 8-bit activations are found: shared by commands that compute or write 8 bits.
struct Int8Options: ParsableArguments {
  @Option(help: "int8: image-text pairs that show the ranges of activations, from training data.")
  var calibrationData: String?

  @Option(help: "int8: how many pairs. (default: 256)")
  var calibrationSamples: Int?

  @Option(help: "int8: which part of the calibration data, where it has several. (default: train)")
  var calibrationSplit: String?

  @Option(
    help: "int8: how ranges are chosen: least-squares, largest, or a percentile such as 99.99. (default: least-squares)"
  )
  var clipping: String?

  func validate() throws {
    if let calibrationSamples, !(CalibrationSet.minimumCount...100_000).contains(calibrationSamples) {
      throw ValidationError(
        "--calibration-samples must be from \(CalibrationSet.minimumCount) to 100000, found \(calibrationSamples)")
    }
    _ = try chosenClipping()
    if let calibrationData {
      try DataOptions.check(split: calibrationSplit, flag: "--calibration-split", of: [calibrationData])
    }
  }

  /// - Throws: a message for the command line where the arithmetic is int8 and there is no calibration data, or where it is
  ///   another and the flags of int8 would do nothing.
  func requireData(for arithmetic: Arithmetic) throws {
    guard arithmetic.isFloat else {
      if calibrationData == nil {
        throw ValidationError("--precision \(arithmetic) looks at training pairs: name them with --calibration-data")
      }
      return
    }
    let given: [(String, Bool)] = [
      ("--calibration-data", calibrationData != nil), ("--calibration-samples", calibrationSamples != nil),
      ("--calibration-split", calibrationSplit != nil), ("--clipping", clipping != nil),
    ]
    if let flag = given.first(where: \.1)?.0 {
      throw ValidationError("\(flag) belongs to --precision int8, but the precision is \(arithmetic)")
    }
  }

  /// The model in few bits.
  /// - Parameter seed: of the pairs
  func quantized(
    _ loaded: LoadedModel, _ dataOptions: DataOptions, in arithmetic: Arithmetic = .int8,
    _ rounding: WeightRounding? = nil, seed: UInt64, on pool: ThreadPool, _ console: Console
  ) throws -> QuantizedModel {
    guard let calibrationData else { throw InputError("int8 needs --calibration-data") }
    var options = dataOptions.dataSet
    options.split = calibrationSplit ?? "train"
    let stages = StageProgress(console)
    let pairs = try CalibrationSet(
      ImageTextData.openCaptioned(calibrationData, options), for: loaded, decoding: dataOptions.decoding,
      count: calibrationSamples ?? 256, seed: seed, on: pool
    ) { stages.show("calibration data", "pairs", done: $0, total: $1) }
    let quantized = try QuantizedModel(
      loaded.model, images: pairs.images, ids: pairs.ids, clipping: try chosenClipping(), arithmetic: arithmetic,
      rounding: rounding, on: pool)
    console.clearLine()
    return quantized
  }

  private func chosenClipping() throws -> Clipping {
    switch clipping ?? "least-squares" {
    case "least-squares": return .leastSquares
    case "largest": return .largest
    case let clipping:
      guard let percent = Double(clipping), (50...100).contains(percent) else {
        throw ValidationError(
          "--clipping must be least-squares, largest or a percentile from 50 to 100, found \(clipping.quoted())")
      }
      return .percentile(percent / 100)
    }
  }
}
