import CLIPFiles
import CLIPCompute
import CLIPImageText
import CLIPRanks
import CLIPTensors

// A data set that several processes divide: each takes its turn of the batches, and then all tell one another what they
// found. Features do not depend on which other pictures are in their batch where our own kernels multiply (AVX-512);
// elsewhere the last bits may, where samples cannot be used and batches shift.
extension FeatureExtraction {
  /// What one rank tells of a usable sample.
  fileprivate struct Told {
    let number: Int
    let key: String
    let captions: [String]
    let label: Int?
  }

  /// What one rank found.
  fileprivate struct Part {
    var told: [Told] = []
    var faults: [(number: Int, fault: SkippedSample)] = []
    var fingerprint = Fingerprint()
    /// Of the samples, and of their captions, row by row.
    var images: [Float] = [], texts: [Float] = []
  }

  /// The features of all ranks together, as one process has them.
  func run(
    _ source: any IndexedSource, dividedBy ranks: any RankGroup, _ prepare: @Sendable (ImageTextSample) throws -> Item,
    on pool: ThreadPool, progress: (_ done: Int, _ total: Int?) -> Void
  ) throws -> Features {
    let model = model.prepared(), embed = model.configuration.embedDimension, size = preprocessing.imageSize
    try requireMemory(pixels: 3 * size * size, samples: limit ?? source.count)
    let clock = ContinuousClock()
    var part = Part(), texts = TextQueue(embed: embed), imageTime = Duration.zero, textTime = Duration.zero
    var first = 0, taken = 0
    while first < source.count, taken < limit ?? .max {
      let begin = clock.now, start = min(first + ranks.rank * batchSize, source.count)
      let numbers = Array(start..<min(start + batchSize, source.count))
      var found = pool.prepareWithShares(numbers, of: source, prepare)
      if let limit {
        let all = try ranks.gather(found.count { (try? $0.item.get()) != nil })
        found = Self.prefix(found, usable: limit - taken - all[..<ranks.rank].reduce(0, +))
        taken += all.reduce(0, +)
      }
      var items: [Item] = []
      for (number, sample) in zip(numbers, found) {
        if let share = sample.share { part.fingerprint.add(share) }
        switch sample.item {
        case .success(let item):
          items.append(item)
          part.told.append(Told(number: number, key: item.key, captions: item.captions, label: item.label))
          texts.add(item.ids)
        case .failure(let fault):
          if isStrict { throw fault.inputError }
          part.faults.append((number, fault))
        }
      }
      if !items.isEmpty {
        part.images += try model.imageFeatures(Self.pixels(of: items, size: size), on: pool).elements
      }
      imageTime += clock.now - begin
      textTime += try clock.measure { try texts.encodeFullBatches(model, pool) }
      first += ranks.count * batchSize
      progress(min(first, source.count, limit ?? .max), min(source.count, limit ?? .max))
    }
    textTime += try clock.measure { try texts.encodeRest(model, pool) }
    part.texts = texts.features
    var features = try Self.joined(try ranks.gather(part), embed: embed, source.path)
    (features.imageSeconds, features.textSeconds) = (imageTime.seconds, textTime.seconds)
    return features
  }

  /// Samples up to the last that is to be used.
  private static func prefix(
    _ found: [(share: Fingerprint.Share?, item: Result<Item, SkippedSample>)], usable: Int
  ) -> [(share: Fingerprint.Share?, item: Result<Item, SkippedSample>)] {
    var left = usable
    return Array(
      found.prefix { sample in
        guard left > 0 else { return false }
        if case .success = sample.item { left -= 1 }
        return true
      })
  }

  private static func joined(_ parts: [Part], embed: Int, _ path: String) throws -> Features {
    // Where each sample's picture and captions are: rank, row, first caption's row.
    let places = parts.enumerated().flatMap { rank, part -> [(told: Told, rank: Int, row: Int, caption: Int)] in
      var caption = 0
      return part.told.enumerated().map { row, told in
        defer { caption += told.captions.count }
        return (told, rank, row, caption)
      }
    }.sorted { $0.told.number < $1.told.number }
    var skipped = SkippedSamples(), fingerprint = Fingerprint()
    for (_, fault) in parts.flatMap(\.faults).sorted(by: { $0.number < $1.number }) { skipped.add(fault) }
    for part in parts { fingerprint.add(part.fingerprint) }
    guard !places.isEmpty else {
      throw InputError(
        "holds no usable image", file: path,
        advice: skipped.summary ?? "check the path, the split and --dataset-type")
    }
    var images: [Float] = [], texts: [Float] = [], owner: [Int] = []
    for (number, place) in places.enumerated() {
      let part = parts[place.rank], captions = place.told.captions.count
      images += part.images[place.row * embed..<(place.row + 1) * embed]
      texts += part.texts[place.caption * embed..<(place.caption + captions) * embed]
      owner += Array(repeating: number, count: captions)
    }
    return Features(
      image: Tensor(images, [places.count, embed]), text: Tensor(texts, [owner.count, embed]),
      captions: places.flatMap(\.told.captions), owner: owner, labels: places.map(\.told.label),
      keys: places.map(\.told.key), skipped: skipped, fingerprint: fingerprint, imageSeconds: 0, textSeconds: 0)
  }
}

extension RankGroup {
  /// What every rank found.
  fileprivate func gather(_ own: FeatureExtraction.Part) throws -> [FeatureExtraction.Part] {
    let images = try gatherFloats(own.images), texts = try gatherFloats(own.texts)
    return try gather(own.json.text()).enumerated().map { rank, text in
      var part = try FeatureExtraction.Part(JSONParser.parse(text))
      (part.images, part.texts) = (images[rank], texts[rank])
      return part
    }
  }
}

extension FeatureExtraction.Part {
  /// All but the features.
  fileprivate var json: JSONValue {
    [
      "samples": .array(
        told.map {
          [
            .integer($0.number), .string($0.key), .array($0.captions.map { .string($0) }),
            $0.label.map { .integer($0) } ?? .null,
          ]
        }), "faults": .array(faults.map { [.integer($0.number), .string($0.fault.origin), .string($0.fault.reason)] }),
      "fingerprint": .array(fingerprint.parts.map { .string(String($0)) }),
    ]
  }

  fileprivate init(_ json: JSONValue) throws {
    func values(_ key: String) throws -> [JSONValue] {
      guard let values = json[key]?.arrayValue else { throw InputError("a rank told no \(key) of its validation") }
      return values
    }
    told = try values("samples").compactMap { sample in
      guard let sample = sample.arrayValue, sample.count == 4, let number = sample[0].intValue,
        let key = sample[1].stringValue, let captions = sample[2].arrayValue
      else { return nil }
      return FeatureExtraction.Told(
        number: number, key: key, captions: captions.compactMap(\.stringValue), label: sample[3].intValue)
    }
    faults = try values("faults").compactMap { fault in
      guard let fault = fault.arrayValue, fault.count == 3, let number = fault[0].intValue,
        let origin = fault[1].stringValue, let reason = fault[2].stringValue
      else { return nil }
      return (number, SkippedSample(origin: origin, reason: reason))
    }
    let parts = try values("fingerprint").compactMap { $0.stringValue.flatMap { UInt64($0) } }
    if parts.count == 3 { fingerprint.parts = parts }
  }
}
