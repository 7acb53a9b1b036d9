public import CLIPCompute
import CLIPFiles
public import CLIPImages
public import CLIPScenes

/// Writes generated scenes as a WebDataset: tar shards of `KEY.png`, `KEY.txt` (five lines) and `KEY.json`.
///
/// The same generator and settings write the same bytes, on any number of threads. `sizes.json`, which says
/// how many samples each shard has, is written last: a folder without it is unfinished and may be written
/// again.
public struct SceneShards: Sendable {
  /// What paints the samples.
  public let generator: SceneGenerator
  /// How many there are, from index 0.
  public let samples: Int
  /// How many a shard holds; the last may hold fewer.
  public let samplesPerShard: Int

  /// - Parameters:
  ///   - samples: how many, from index 0
  ///   - samplesPerShard: the last shard may have fewer
  /// - Throws: ``InputError`` when a number is not positive or there would be more than 100,000 shards.
  public init(_ generator: SceneGenerator, samples: Int, samplesPerShard: Int = 1000) throws {
    guard samples > 0 else {
      throw InputError("\(samples) samples cannot be written", at: "samples", advice: "ask for at least 1")
    }
    guard samplesPerShard > 0 else {
      throw InputError(
        "a shard cannot have \(samplesPerShard) samples", at: "samples per shard",
        advice: "ask for at least 1")
    }
    self.generator = generator
    self.samples = samples
    self.samplesPerShard = samplesPerShard
    guard (samples - 1) / samplesPerShard < 100_000 else {
      throw InputError(
        "\(samples) samples make more than 100,000 shards of \(samplesPerShard)", at: "samples per shard",
        advice: "ask for larger shards")
    }
  }

  /// The shards' names, in order.
  public var names: [String] {
    (0...(samples - 1) / samplesPerShard).map { number in
      let digits = String(number)
      return String(repeating: "0", count: 5 - digits.count) + digits + ".tar"
    }
  }

  /// Paints and writes all samples, `README.md` and `sizes.json` into a folder, which is made where it is
  /// missing.
  ///
  /// - Parameters:
  ///   - folder: empty, missing, or left unfinished by an earlier call
  ///   - pool: the threads that paint and encode
  ///   - encode: turns a picture into the bytes of a PNG file; called on several threads
  ///   - progress: called on the calling thread with the samples written so far and all of them
  /// - Throws: ``InputError`` when the folder holds other shards or cannot be written; what `encode` throws.
  public func write(
    to folder: String, pool: ThreadPool, encode: (PixelImage) throws -> [UInt8],
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let names = names
    try Folder.make(folder)
    try refuseOtherShards(in: folder, names)
    var sizes = JSONObject()
    for (number, name) in names.enumerated() {
      let first = number * samplesPerShard
      let indices = first..<first + min(samplesPerShard, samples - first)
      var archive = try TarWriter(path: "\(folder)/\(name)")
      // A few hundred samples at a time: a shard may be larger than memory.
      var start = indices.lowerBound
      while start < indices.upperBound {
        let batch = start..<start + min(Self.samplesPerBatch, indices.upperBound - start)
        for sample in try encoded(batch, pool, encode) {
          for (suffix, contents) in sample.files { try archive.append("\(sample.key).\(suffix)", contents) }
        }
        start = batch.upperBound
        progress(start, samples)
      }
      try archive.finish()
      sizes[name] = .integer(indices.count)
    }
    try AtomicFile.write(readme, to: "\(folder)/README.md")
    try AtomicFile.write(JSONValue.object(sizes).text(indentation: 2) + "\n", to: "\(folder)/sizes.json")
  }

  private struct EncodedSample {
    var key = ""
    var files: [(suffix: String, contents: [UInt8])] = []
  }

  private func encoded(
    _ batch: Range<Int>, _ pool: ThreadPool, _ encode: (PixelImage) throws -> [UInt8]
  ) throws -> [EncodedSample] {
    var samples = [EncodedSample](repeating: EncodedSample(), count: batch.count)
    try samples.withUnsafeMutableBufferPointer { samples in
      // Each chunk writes its own element only.
      nonisolated(unsafe) let samples = samples
      try pool.forEachThrowing(batch.count) { chunk, _ in
        let sample = generator.sample(batch.lowerBound + chunk)
        samples[chunk] = EncodedSample(
          key: sample.key,
          files: [
            ("json", Array(sample.json.text().utf8)), ("png", try encode(sample.image)),
            ("txt", Array((sample.captions.joined(separator: "\n") + "\n").utf8)),
          ])
      }
    }
    return samples
  }

  private func refuseOtherShards(in folder: String, _ names: [String]) throws {
    let expected = Set(names)
    for name in try Folder.names(in: folder) {
      guard name == "sizes.json" || (name.hasSuffix(".tar") && !expected.contains(name)) else { continue }
      throw InputError(
        "the folder already holds a data set (\(name))", file: folder, advice: "choose another or empty it")
    }
  }

  private static let samplesPerBatch = 256
}

extension SceneShards {
  /// What a reader of the folder should know.
  var readme: String {
    """
    # Procedural scenes: \(generator.split.rawValue)

    \(samples) pictures of colored shapes, \(generator.imageSize) x \(generator.imageSize) pixels, with five \
    captions each, in \(names.count) WebDataset \(names.count == 1 ? "shard" : "shards") of at most \
    \(samplesPerShard).

    | | |
    | --- | --- |
    | split | \(generator.split.rawValue) |
    | seed | \(generator.seed) |
    | image size | \(generator.imageSize) |
    | samples | \(samples) |

    `KEY.png` is the picture, `KEY.txt` its captions, a line each, from terse to full, `KEY.json` what it
    shows. `sizes.json` says how many samples each shard has.

    The pictures were computed, not collected: no one is in them and no one drew them. The splits train,
    validation and test share no composition of colors, shapes and patterns, and objects of the 32 held-out
    pairs of color and shape appear in the test split only.

    """
  }
}
