import CLIPFiles

/// Tar shards in WebDataset's layout, read shard by shard without unpacking.
public struct WebDataset: ImageTextSource {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "webdataset", summary: "tar shards: a folder of *.tar, or names such as train/{0000..0012}.tar",
    recognizes: { ShardList.recognizes($0, $1) }, open: { try WebDataset($0, $1) })

  /// The largest image read, in bytes.
  static let maximumImageBytes = 1 << 28

  /// The path as the user named it.
  public let path: String
  /// The tar files, in the order in which they are read.
  public let shards: [String]
  /// What the files beside the shards say.
  public let knownCount: Int?
  private let fields: CaptionFields

  /// - Parameters:
  ///   - path: a tar file, a folder of them or of splits, or a pattern of names joined by `::`
  ///   - options: the split, and how long a caption may be
  /// - Throws: ``InputError`` when a shard is missing.
  public init(_ path: String, _ options: DataSetOptions = DataSetOptions()) throws {
    self.path = path
    shards = try ShardList.resolve(path, options)
    knownCount = Self.statedCount(of: shards)
    fields = CaptionFields(maximumCaptionBytes: options.maximumCaptionBytes)
  }

  /// A reader that opens one shard after another.
  public func makeReader() throws -> any SampleReader { Reader(shards: shards, fields: fields) }

  /// Scans every shard's headers once.
  /// - Throws: ``InputError`` naming the shard that is damaged.
  public func indexed() throws -> any IndexedSource {
    try ShardIndex(path: path, shards: shards, fields: fields)
  }

  /// Scans every shard's headers once.
  public func identity() throws -> DataIdentity { try indexed().identity() }

  /// Scans every shard's headers and `.cls` members once.
  /// - Throws: ``InputError`` naming the shard that is damaged.
  public func surveyLabels() throws -> LabelSurvey? {
    var survey = LabelSurvey()
    for shard in shards {
      let map = try MemoryMap(path: shard)
      var groups = SampleGroups(map)
      while let group = try groups.next() {
        guard group.fault == nil, let range = group.label else { continue }
        let bytes = UnsafeRawBufferPointer(rebasing: map.bytes[range])
        // What is no number is a fault of its sample.
        if let label = try? fields.number(bytes) { survey.add(label, origin: "\(shard): \(group.key)") }
      }
    }
    return survey
  }

  /// The samples that `sizes.json` or `__len__` beside the shards announce.
  private static func statedCount(of shards: [String]) -> Int? {
    var total = 0
    var sizes: [String: JSONValue] = [:]
    for shard in shards {
      let folder = Folder.parent(of: shard)
      if sizes[folder] == nil {
        sizes[folder] = (try? JSONParser.parse(file: "\(folder)/sizes.json", limit: 1 << 24)) ?? .null
      }
      guard let count = sizes[folder]?[Folder.name(of: shard)]?.intValue, count >= 0, count < 1 << 40 else {
        return statedLength(of: shards)
      }
      total += count
    }
    return total
  }

  /// `__len__` counts a whole folder, so it holds only where all its shards are read.
  private static func statedLength(of shards: [String]) -> Int? {
    let folder = Folder.parent(of: shards[0])
    guard shards.allSatisfy({ Folder.parent(of: $0) == folder }), let names = try? Folder.names(in: folder),
      names.count(where: { $0.hasSuffix(".tar") }) == shards.count,
      let text = try? TextFile.text(of: "\(folder)/__len__", limit: 64),
      let count = Int(CaptionFields.trimmed(Substring(text))), (0..<(1 << 40)).contains(count)
    else { return nil }
    return count
  }

  /// The sample that a group of members makes.
  fileprivate static func sample(_ group: SampleGroup, in map: MemoryMap, _ fields: CaptionFields) throws
    -> ImageTextSample
  {
    func skipped(_ reason: String) -> SkippedSample {
      SkippedSample(origin: "\(map.path): \(group.key)", reason: reason)
    }
    if let fault = group.fault { throw skipped(fault) }
    guard let image = group.image else { throw skipped(group.missingImage) }
    guard image.count > 0 else { throw skipped("the image is empty (0 bytes)") }
    guard image.count <= maximumImageBytes else {
      throw skipped("an image of \(image.count) bytes is longer than the \(maximumImageBytes) allowed")
    }
    func bytes(_ range: Range<Int>?) -> UnsafeRawBufferPointer? {
      range.map { UnsafeRawBufferPointer(rebasing: map.bytes[$0]) }
    }
    do {
      let (captions, metadata) = try fields.captions(text: bytes(group.text), json: bytes(group.json))
      let label = try bytes(group.label).map { try fields.label($0) }
      guard !captions.isEmpty || label != nil else { throw skipped("neither a caption nor a label") }
      return ImageTextSample(
        key: group.key, image: .encoded(SampleBytes(map, image)), captions: captions, label: label,
        file: map.path,
        member: group.key, metadata: metadata)
    } catch let fault as CaptionFields.Fault { throw skipped(fault.reason) }
  }

  private struct Reader: SampleReader {
    let shards: [String]
    let fields: CaptionFields
    private var nextShard = 0
    private var current: (map: MemoryMap, groups: SampleGroups)?
    private var order = SampleOrder()

    init(shards: [String], fields: CaptionFields) {
      self.shards = shards
      self.fields = fields
    }

    mutating func next() throws -> ImageTextSample? {
      while true {
        if current == nil {
          guard nextShard < shards.count else { return nil }
          let map = try MemoryMap(path: shards[nextShard])
          current = (map, SampleGroups(map))
          order = SampleOrder()
          nextShard += 1
        }
        if let map = current?.map, let group = try current?.groups.next() {
          try order.check(group, in: map.path)
          return try WebDataset.sample(group, in: map, fields)
        }
        current = nil
      }
    }
  }
}

/// Tar shards with the place of every sample: 16 bytes a sample, and the shards stay mapped.
struct ShardIndex: IndexedSource {
  private struct Place {
    let shard: Int32
    let offset: Int
  }

  let path: String
  private let maps: [MemoryMap]
  private let places: [Place]
  private let fields: CaptionFields
  /// Of keys, captions and labels, and of the pictures' sizes.
  private let contents: IdentityDigest

  init(path: String, shards: [String], fields: CaptionFields) throws {
    self.path = path
    self.fields = fields
    var maps: [MemoryMap] = [], places: [Place] = [], contents = IdentityDigest()
    for (number, shard) in shards.enumerated() {
      let map = try MemoryMap(path: shard)
      var groups = SampleGroups(map), order = SampleOrder()
      while let group = try groups.next() {
        try order.check(group, in: shard)
        places.append(Place(shard: Int32(number), offset: group.offset))
        contents.add(group, in: map)
      }
      maps.append(map)
    }
    self.maps = maps
    self.places = places
    self.contents = contents
  }

  var count: Int { places.count }

  func identity() -> DataIdentity {
    var digest = contents
    for map in maps {
      digest.add(Folder.name(of: map.path))
      digest.add(map.bytes.count)
    }
    for place in places {
      digest.add(Int(place.shard))
      digest.add(place.offset)
    }
    return DataIdentity(format: WebDataset.format.name, path: path, samples: count, digest: digest.text())
  }

  func sample(at index: Int) throws -> ImageTextSample {
    let place = places[index], map = maps[Int(place.shard)]
    var groups = SampleGroups(map, from: place.offset)
    guard let group = try groups.next() else {
      throw SkippedSample(origin: map.path, reason: "the sample at byte \(place.offset) is gone")
    }
    return try WebDataset.sample(group, in: map, fields)
  }
}

extension IdentityDigest {
  /// Adds what a sample is called and says. Shards are padded to 10 KiB, so that a file's size hides most changes; texts
  /// stand beside the headers that are read anyway, pictures do not.
  fileprivate mutating func add(_ group: SampleGroup, in map: MemoryMap) {
    add(group.key)
    add(group.image?.count ?? -1)
    for range in [group.text, group.json, group.label] {
      guard let range, range.upperBound <= map.bytes.count else {
        add(-1)
        continue
      }
      add(range.count)
      add(UnsafeRawBufferPointer(rebasing: map.bytes[range].prefix(1 << 16)))
    }
  }
}
