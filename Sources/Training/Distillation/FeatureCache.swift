import CLIPCompute
import CLIPCheckpoints
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPRanks
import CLIPTensors
import CLIPWeights

/// A teacher's features of the samples that a run draws, computed once and kept: distilling then costs the student
/// alone.
///
/// Pictures are prepared as for evaluation. Features are found by what they were computed of, a hash of the picture's
/// bytes or of the caption, so another order or other contents never meet the wrong ones. The file's name is made from
/// the data set's identity, from how pictures are decoded and from the teacher; it says which samples it has, so that a run
/// finds what it needs without reading the data, and one that draws others adds them. A sample that was not foreseen (one
/// that takes an unusable one's place) is computed when it is drawn.
///
/// A safetensors file: `image` `[pictures, embed]`, `image_keys` `[pictures, 2]`, `text` `[texts, embed]`, `text_keys`
/// `[texts, 2]`, and `samples` `[samples, 2]`: a sample's number and its picture's row, -1 where it cannot be read.
final class FeatureCache {
  let teacher: Teacher
  private let source: any IndexedSource
  private let decoding: DecodingOptions
  private let path: String?
  private let key: String
  var images: FeatureTable
  var texts: FeatureTable
  /// The row of each sample's picture.
  var samples: [Int: Int] = [:]

  private static let format = "carbonclip-features-2"

  /// The cache of a teacher for a data set, empty as yet.
  ///
  /// - Parameter folder: where its file lies; nil keeps it in memory alone
  init(
    _ teacher: Teacher, _ source: any IndexedSource, identity: DataIdentity, decoding: DecodingOptions, folder: String?
  ) {
    self.teacher = teacher
    self.source = source
    self.decoding = decoding
    key = Self.key(teacher, identity, decoding)
    path = folder.map { [key] in "\($0)/teacher-\(key).safetensors" }
    images = FeatureTable(width: teacher.embedDimension)
    texts = FeatureTable(width: teacher.embedDimension)
  }

  /// What a cache's features depend on.
  static func key(_ teacher: Teacher, _ identity: DataIdentity, _ decoding: DecodingOptions) -> String {
    let decoded = "\(decoding.maximumPixels) \(decoding.appliesOrientation)"
    let data = "\(identity.format) \(identity.samples) \(identity.digest)"
    return String(MurmurHash.hash("\(format) \(data) \(decoded) \(teacher.fingerprint)"), radix: 16)
  }

  /// Reads the file, and computes and writes what it lacks.
  ///
  /// - Parameters:
  ///   - drawn: the samples that a run will draw
  ///   - ranks: who shares the work: each computes a part, and all have all of it then
  ///   - progress: told how many of the samples that are lacking are done, and of how many
  ///   - shouldStop: asked between batches; what was computed until then is kept
  /// - Throws: ``InputError`` when the data cannot be read or the cache not be written; `CancellationError` when stopped.
  func prepare(
    _ drawn: [Int], ranks: (any RankGroup)? = nil, on pool: ThreadPool, progress: (Int, Int) -> Void,
    shouldStop: () -> Bool
  ) throws {
    func isDone(_ done: Bool) throws -> Bool { try ranks.map { try !$0.any(!done) } ?? done }
    if try isDone(drawn.allSatisfy { samples[$0] != nil }) { return }
    read()
    let lacking = drawn.filter { samples[$0] == nil }
    if try isDone(lacking.isEmpty) { return }
    // Where not all see the same file each computes what it lacks itself.
    let shared = try ranks.flatMap { ranks in
      try Set(ranks.gather("\(MurmurHash.hash("\(lacking)"))")).count == 1 ? ranks : nil
    }
    let own =
      shared.map { ranks in lacking.indices.filter { $0 % ranks.count == ranks.rank }.map { lacking[$0] } } ?? lacking
    let most = try ranks?.gather(own.count).max() ?? own.count
    let before = (images: images.count, texts: texts.count)
    let isWriter = ranks.map { $0.rank == 0 } ?? true
    if isWriter, let path { try Folder.make(Folder.parent(of: path)) }
    for first in stride(from: 0, to: most, by: Self.batch) {
      if try ranks?.any(shouldStop()) ?? shouldStop() {
        if first > 0 {
          if let shared { try exchange(own.prefix(first), before, shared) }
          if isWriter { try write() }
        }
        throw CancellationError()
      }
      let range = min(first, own.count)..<min(first + Self.batch, own.count)
      if !range.isEmpty { try add(Array(own[range]), on: pool) }
      progress(range.upperBound, own.count)
    }
    if let shared { try exchange(own[...], before, shared) }
    if isWriter { try write() }
  }

  private static let batch = 256

  /// What the teacher says of a batch.
  /// - Throws: ``InputError`` when a picture that was just drawn cannot be read again.
  func features(of batch: [TrainingData.Item], on pool: ThreadPool) throws -> TeacherFeatures {
    let lacking = batch.filter { images[$0.pictureKey] == nil }
    if !lacking.isEmpty {
      let pixels = try lacking.map { teacher.loaded.preprocessing(try source.sample(at: $0.sample).picture(decoding)) }
      try addPictures(zip(lacking, pixels).map { ($0.pictureKey, $1) }, on: pool)
    }
    try addTexts(batch.map(\.text), on: pool)
    return teacher.features(
      image: images.rows(batch.map(\.pictureKey)), text: texts.rows(batch.map { MurmurHash.hash($0.text) }))
  }

  /// A hash over a picture as its source holds it.
  static func key(of image: ImagePayload) -> UInt128 {
    switch image {
    case .encoded(let bytes): bytes.withUnsafeBytes { MurmurHash.hash($0) }
    case .pixels(let picture):
      MurmurHash.hash("\(picture.rows) \(picture.columns) \(picture.pixels.withUnsafeBytes { MurmurHash.hash($0) })")
    }
  }

  private struct Reading: Sendable {
    let key: UInt128
    let captions: [String]
    /// Nil where they are known already.
    let pixels: [Float]?
  }

  /// Reads some samples and computes what is new in them.
  private func add(_ numbers: [Int], on pool: ThreadPool) throws {
    // A sample that cannot be read is never drawn either.
    let readings = pool.prepare(numbers, of: source) { sample, _ in
      let key = Self.key(of: sample.image), isKnown = images.places[key] != nil
      return Reading(
        key: key, captions: sample.captions,
        pixels: isKnown ? nil : teacher.loaded.preprocessing(try sample.picture(decoding)))
    }.map { try? $0.get() }
    try addPictures(readings.compactMap { one in one?.pixels.map { (one?.key ?? 0, $0) } }, on: pool)
    try addTexts(readings.flatMap { $0?.captions ?? [] }, on: pool)
    for (number, reading) in zip(numbers, readings) { samples[number] = reading.flatMap { images[$0.key] } ?? -1 }
  }

  /// Pictures and texts go through the teacher in batches of these sizes, the last one filled up: the bits of a product
  /// depend on its shape, and features must not depend on which others were lacking.
  private static let pictureBatch = 64, textBatch = 256

  /// Computes and adds pictures that are not there yet.
  private func addPictures(_ pictures: [(key: UInt128, pixels: [Float])], on pool: ThreadPool) throws {
    var seen: Set<UInt128> = []
    let new = pictures.filter { images[$0.key] == nil && seen.insert($0.key).inserted }
    let size = teacher.loaded.preprocessing.imageSize, width = teacher.embedDimension
    for first in stride(from: 0, to: new.count, by: Self.pictureBatch) {
      let part = new[first..<min(first + Self.pictureBatch, new.count)]
      let rest = [Float](repeating: 0, count: (Self.pictureBatch - part.count) * 3 * size * size)
      let pixels = Tensor(part.flatMap(\.pixels) + rest, [Self.pictureBatch, 3, size, size])
      let features = try teacher.model.imageFeatures(pixels, on: pool).elements
      for (row, one) in part.enumerated() { images.add(one.key, features[row * width..<(row + 1) * width]) }
    }
  }

  /// Computes and adds captions that are not there yet.
  private func addTexts(_ captions: [String], on pool: ThreadPool) throws {
    var seen: Set<UInt128> = []
    let new = captions.map { (key: MurmurHash.hash($0), text: $0) }.filter {
      texts[$0.key] == nil && seen.insert($0.key).inserted
    }
    let width = teacher.embedDimension
    for first in stride(from: 0, to: new.count, by: Self.textBatch) {
      let part = new[first..<min(first + Self.textBatch, new.count)]
      let rest = [String](repeating: "", count: Self.textBatch - part.count)
      let features = try teacher.textFeatures(part.map(\.text) + rest, on: pool).elements
      for (row, one) in part.enumerated() { texts.add(one.key, features[row * width..<(row + 1) * width]) }
    }
  }

  /// Takes over what the file holds; a file that is missing or damaged holds nothing.
  private func read() {
    guard let path, Folder.containsFile(path), let file = try? SafetensorsFile(path: path),
      file.metadata["complete"] == key,
      let images = FeatureTable(file, "image", width: teacher.embedDimension),
      let texts = FeatureTable(file, "text", width: teacher.embedDimension),
      let pairs = try? file.integers("samples"), pairs.count % 2 == 0
    else { return }
    var samples: [Int: Int] = [:]
    for index in stride(from: 0, to: pairs.count, by: 2) {
      guard pairs[index + 1] < images.count else { return }
      samples[pairs[index]] = pairs[index + 1]
    }
    (self.images, self.texts, self.samples) = (images, texts, samples)
  }

  private func write() throws {
    guard let path else { return }
    let numbers = samples.keys.sorted()
    try SafetensorsWriter.write(
      images.tensors("image") + texts.tensors("text") + [
        OutgoingTensor("samples", integers: numbers.flatMap { [$0, samples[$0] ?? -1] }, [numbers.count, 2])
      ], to: path, metadata: ["complete": key, "teacher": teacher.loaded.name])
  }
}
