import ArgumentParser
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPRanks

/// How data sets are read: shared by all commands that read one.
struct DataOptions: ParsableArguments {
  @Option(help: "\(FormatCatalog.names.joined(separator: ", ")).")
  var datasetType = "auto"

  @Option(help: "Which part of the data set; most formats default to test.")
  var split: String?

  @Option(help: "CSV column that holds image paths.")
  var csvImgKey = "filepath"

  @Option(help: "CSV column that holds captions.")
  var csvCaptionKey = "title"

  @Option(help: "CSV separator: one character, or \\t.")
  var csvSeparator = "\\t"

  @Option(help: "Folder that image paths are relative to.")
  var imageRoot: String?

  @Option(help: "Use at most this many images.")
  var limit: Int?

  @Flag(help: "Stop at the first unusable sample instead of skipping and counting it.")
  var strict = false

  @Option(help: "Refuse pictures with more pixels than this.")
  var maxImagePixels = DecodingOptions().maximumPixels

  @Flag(help: "Turn pictures upright by their EXIF tag (open_clip does not).")
  var exifOrientation = false

  func validate() throws {
    guard FormatCatalog.names.contains(datasetType) else {
      throw ValidationError(
        "--dataset-type \(datasetType.quoted()): \(Suggestion.advice(for: datasetType, among: FormatCatalog.names))")
    }
    if let limit, !Self.limits.contains(limit) {
      throw ValidationError("--limit must be from 1 to \(Self.limits.upperBound), found \(limit)")
    }
    guard (1...DecodingOptions.hardLimit).contains(maxImagePixels) else {
      throw ValidationError(
        "--max-image-pixels must be from 1 to \(DecodingOptions.hardLimit), found \(maxImagePixels)")
    }
    if split == "" { throw ValidationError("--split is empty") }
  }

  private static let limits = 1...1_000_000_000_000

  /// Generated data names its part itself: `scenes:test` has no other.
  /// - Throws: a message for the command line when `--split` says otherwise.
  func checkSplit(of paths: [String]) throws { try Self.check(split: split, flag: "--split", of: paths) }

  static func check(split: String?, flag: String, of paths: [String]) throws {
    guard let split else { return }
    for path in paths {
      guard let own = ImageTextData.generatedPart(path), own != split else { continue }
      throw ValidationError("\(flag) \(split.quoted()) is not what \(path.quoted()) generates: drop one of the two")
    }
  }

  /// Where a data set lies that is named by the path that it has in the project, `data/photographs/wds_grocery`, and is not
  /// there: with what comes along with the program, which a note says. Every other path stays as it is.
  static func located(_ path: String, _ console: Console) -> String {
    guard !Folder.isThere(path), let place = ShareFolder.find(path) else { return path }
    console.note("note: \(path): taken from \(place)")
    return place
  }

  var dataSet: DataSetOptions {
    var options = DataSetOptions()
    options.datasetType = datasetType
    options.split = split
    options.csvImageKey = csvImgKey
    options.csvCaptionKey = csvCaptionKey
    options.csvSeparator = csvSeparator
    options.imageRoot = imageRoot
    return options
  }

  /// Puts in what these options say of reading samples.
  func apply(to extraction: inout FeatureExtraction, _ runOptions: RunOptions) {
    extraction.decoding = decoding
    extraction.isStrict = strict
    extraction.limit = limit
    extraction.batchSize = runOptions.batchSize
  }

  var decoding: DecodingOptions {
    DecodingOptions(maximumPixels: maxImagePixels, appliesOrientation: exifOrientation)
  }
}

/// How the machine is used.
struct RunOptions: ParsableArguments {
  @Option(help: "Threads to work on; by default one a processor. Results do not depend on it.")
  var threads: Int?

  @Option(help: "Images that go through the model at once.")
  var batchSize = 64

  func validate() throws {
    try ThreadOptions.check(threads)
    guard (1...65536).contains(batchSize) else {
      throw ValidationError("--batch-size must be from 1 to 65536, found \(batchSize)")
    }
  }

  func pool(_ console: Console) -> ThreadPool {
    let pool = ThreadPool(threads: threads)
    if let advice = MatrixKernels.advice { console.note("note: \(advice)") }
    return pool
  }

  /// The same for one of several ranks, which share the processors of a host.
  func pool(_ console: Console, _ ranks: (any RankGroup)?) throws -> ThreadPool {
    var shared = self
    shared.threads = try threads ?? ranks.map { try $0.threads(available: ThreadPool.availableProcessors) }
    return shared.pool(console)
  }
}
