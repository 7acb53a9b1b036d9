import Compute
import Evaluation
import Files
import ImageText
import Images
import Synchronization
import Tensors
import Weights

/// A teacher's features of a whole data set, computed once and kept on disk: distilling then costs the student alone.
///
/// Pictures are prepared as for evaluation. The file is a safetensors file whose name is made from the data, sample by
/// sample in order, from how it is decoded and from the teacher, so another data set, another order of the same one or
/// another teacher never meets it: `image` `[samples, embed]`, `text` `[texts, embed]`, each different caption once, in
/// the order of the samples.
struct FeatureCache {
  private let image: Tensor
  private let text: Tensor
  private let captionText: [Int]
  private let firstCaption: [Int]
  private let teacher: Teacher

  /// Reads the cache, or computes and writes it.
  ///
  /// - Parameters:
  ///   - folder: where caches lie
  ///   - progress: told how many samples are done of how many
  ///   - shouldStop: asked between batches
  /// - Throws: ``InputError`` when the data cannot be read or the cache not be written; `CancellationError` when stopped.
  init(
    _ teacher: Teacher, _ source: any IndexedSource, decoding: DecodingOptions, folder: String, on pool: ThreadPool,
    progress: (Int, Int) -> Void, shouldStop: () -> Bool
  ) throws {
    self.teacher = teacher
    let description = try Self.describe(source, on: pool, shouldStop)
    let decoded = "\(decoding.maximumPixels) \(decoding.appliesOrientation)"
    let key = String(MurmurHash.hash("\(description.order) \(decoded) \(try teacher.fingerprint())"), radix: 16)
    let path = "\(folder)/teacher-\(key).safetensors"
    captionText = description.captionText
    firstCaption = description.firstCaption
    let embed = teacher.embedDimension
    if Folder.containsFile(path), let file = try? SafetensorsFile(path: path), file.metadata["complete"] == key,
      let image = try? file.tensor("image"), let text = try? file.tensor("text"),
      image.shape == [source.count, embed], text.shape == [description.texts.count, embed]
    {
      self.image = image
      self.text = text
      return
    }
    let size = teacher.loaded.preprocessing.imageSize
    var images = [Float](repeating: 0, count: source.count * embed)
    for first in stride(from: 0, to: source.count, by: 256) {
      if shouldStop() { throw CancellationError() }
      let range = first..<min(first + 256, source.count)
      let batch = Self.pictures(range, source, teacher, decoding, pool)
      if !batch.isEmpty {
        let pixels = Tensor(batch.flatMap(\.pixels), [batch.count, 3, size, size])
        let features = try teacher.loaded.model.imageFeatures(pixels, on: pool).elements
        for (row, item) in batch.enumerated() {
          images.replaceSubrange(
            item.index * embed..<(item.index + 1) * embed, with: features[row * embed..<(row + 1) * embed])
        }
      }
      progress(range.upperBound, source.count)
    }
    var texts: [Float] = []
    for first in stride(from: 0, to: description.texts.count, by: 1024) {
      if shouldStop() { throw CancellationError() }
      let part = Array(description.texts[first..<min(first + 1024, description.texts.count)])
      texts += try teacher.textFeatures(part, on: pool).elements
    }
    image = Tensor(images, [source.count, embed])
    text = Tensor(texts, [description.texts.count, embed])
    try Folder.make(folder)
    try SafetensorsWriter.write(
      [OutgoingTensor("image", image), OutgoingTensor("text", text)], to: path,
      metadata: ["complete": key, "teacher": teacher.loaded.name])
  }

  /// What the teacher says of a batch.
  /// - Throws: ``InputError`` when a sample has changed since it was described.
  func features(of batch: [TrainingData.Item]) throws -> TeacherFeatures {
    for item in batch {
      let end = item.sample + 1 < firstCaption.count ? firstCaption[item.sample + 1] : captionText.count
      guard firstCaption[item.sample] + item.caption < end else {
        throw InputError(
          "sample \(item.sample) could not be read, or had fewer captions, when the teacher's features were computed",
          advice: "start again once the data can be read")
      }
    }
    let embed = teacher.embedDimension
    func rows(_ table: Tensor, _ numbers: [Int]) -> Tensor {
      var result = Tensor(uninitialized: [numbers.count, embed])
      result.withUnsafeMutableElements { target in
        table.withUnsafeElements { source in
          for (row, number) in numbers.enumerated() {
            for column in 0..<embed { target[row * embed + column] = source[number * embed + column] }
          }
        }
      }
      return result
    }
    return teacher.features(
      image: rows(image, batch.map(\.sample)),
      text: rows(text, batch.map { captionText[firstCaption[$0.sample] + $0.caption] }))
  }

  private struct Description {
    /// A hash over the samples in their order: rows of the cache are found by the number of a sample, and the
    /// fingerprint of a data set is the same in any order.
    var order = MurmurHash.hash("")
    /// Each different caption once.
    var texts: [String] = []
    var captionText: [Int] = []
    var firstCaption: [Int] = []
  }

  /// Reads all samples once, without decoding pictures.
  private static func describe(
    _ source: any IndexedSource, on pool: ThreadPool, _ shouldStop: () -> Bool
  ) throws -> Description {
    var description = Description(), known: [String: Int] = [:]
    for first in stride(from: 0, to: source.count, by: 4096) {
      if shouldStop() { throw CancellationError() }
      let range = first..<min(first + 4096, source.count)
      let found = Mutex([(share: Fingerprint.Share, captions: [String])?](repeating: nil, count: range.count))
      pool.forEach(range.count) { index in
        // A sample that cannot be read is never drawn either.
        guard let sample = try? source.sample(at: first + index) else { return }
        let entry = (Fingerprint.Share(of: sample), sample.captions)
        found.withLock { $0[index] = entry }
      }
      for entry in found.withLock({ $0 }) {
        description.firstCaption.append(description.captionText.count)
        guard let entry else {
          description.order = MurmurHash.hash("\(description.order) none")
          continue
        }
        var fingerprint = Fingerprint()
        fingerprint.add(entry.share)
        description.order = MurmurHash.hash("\(description.order) \(fingerprint)")
        for caption in entry.captions {
          let number = known[caption] ?? description.texts.count
          if number == description.texts.count {
            known[caption] = number
            description.texts.append(caption)
          }
          description.captionText.append(number)
        }
      }
    }
    return description
  }

  private static func pictures(
    _ range: Range<Int>, _ source: any IndexedSource, _ teacher: Teacher, _ decoding: DecodingOptions,
    _ pool: ThreadPool
  ) -> [(index: Int, pixels: [Float])] {
    let found = Mutex([[Float]?](repeating: nil, count: range.count))
    let preprocessing = teacher.loaded.preprocessing
    pool.forEach(range.count) { index in
      guard let sample = try? source.sample(at: range.lowerBound + index), let picture = try? sample.picture(decoding)
      else {
        return
      }
      let pixels = preprocessing(picture)
      found.withLock { $0[index] = pixels }
    }
    return found.withLock { $0 }.enumerated().compactMap { index, pixels in
      pixels.map { (range.lowerBound + index, $0) }
    }
  }
}
