public import CLIPCompute
import CLIPFiles

/// Takes samples from a source and prepares them on all threads, a batch at a time, in the source's order.
///
/// Every batch but the last is full: samples that cannot be read or prepared are left out and noted, and the next ones
/// take their place. What comes out does not depend on the number of threads.
///
///     var loader = try BatchLoader(source, batchSize: 64, pool: pool) { sample, _ in try preprocess(sample) }
///     while let batch = try loader.next() { embed(batch) }
public struct BatchLoader<Item: Sendable> {
  /// Makes an item out of a sample, on the thread of the given worker, `0..<pool.threads`.
  public typealias Preparation = @Sendable (_ sample: ImageTextSample, _ worker: Int) throws -> Item

  /// What was left out so far.
  public private(set) var skipped = SkippedSamples()
  /// Of the samples read so far, those whose preparation failed among them.
  public private(set) var fingerprint = Fingerprint()

  private var reader: any SampleReader
  private let batchSize: Int
  private let pool: ThreadPool
  private let isStrict: Bool
  private var left: Int
  private let prepare: Preparation

  /// - Parameters:
  ///   - batchSize: items in a batch; at least 1
  ///   - strict: throws at the first sample that cannot be used, instead of leaving it out
  ///   - limit: the most samples to deliver; nil delivers all
  ///   - prepare: decodes and preprocesses; called from several threads at once. What it throws makes the sample
  ///     unusable
  /// - Throws: ``InputError`` when the source cannot be read.
  public init(
    _ source: any ImageTextSource, batchSize: Int, pool: ThreadPool, strict: Bool = false, limit: Int? = nil,
    prepare: @escaping Preparation
  ) throws {
    reader = try source.makeReader()
    self.batchSize = max(1, batchSize)
    self.pool = pool
    isStrict = strict
    left = max(0, limit ?? .max)
    self.prepare = prepare
  }

  /// The next batch, or nil when there are no more samples.
  /// - Throws: ``InputError`` when the data set is damaged, or, if strict, for the first unusable sample.
  public mutating func next() throws -> [Item]? {
    let wanted = min(batchSize, left)
    var batch: [Item] = []
    while batch.count < wanted {
      let samples = try read(wanted - batch.count)
      if samples.isEmpty { break }
      let prepare = prepare
      let outcomes = pool.collect(samples.count) { index, worker in
        let sample = samples[index]
        var origin = sample.origin
        return (Fingerprint.Share(of: sample), Result(at: &origin) { _ in try prepare(sample, worker) })
      }
      for (share, result) in outcomes {
        fingerprint.add(share)
        switch result {
        case .success(let item): batch.append(item)
        case .failure(let fault): try leaveOut(fault)
        }
      }
    }
    left -= batch.count
    return batch.isEmpty ? nil : batch
  }

  private mutating func read(_ count: Int) throws -> [ImageTextSample] {
    var samples: [ImageTextSample] = []
    while samples.count < count {
      do {
        guard let sample = try reader.next() else { break }
        samples.append(sample)
      } catch let fault as SkippedSample { try leaveOut(fault) }
    }
    return samples
  }

  private mutating func leaveOut(_ fault: SkippedSample) throws {
    if isStrict {
      var error = fault.inputError
      error.advice = error.advice ?? "without --strict such samples are left out"
      throw error
    }
    skipped.add(fault)
  }
}
