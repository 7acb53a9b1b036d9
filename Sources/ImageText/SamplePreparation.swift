public import CLIPCompute
import CLIPSystem

/// Samples prepared on all threads: what one cannot be made of is told in its place, and the order is that of the samples,
/// whatever the number of threads.
extension ThreadPool {
  /// Reads some samples of a source and makes an item out of each.
  ///
  /// - Parameters:
  ///   - numbers: the samples, in `0..<source.count`
  ///   - prepare: makes the item, from several threads at once; `index` counts among `numbers`. What it throws makes the
  ///     sample unusable
  /// - Returns: in the order of `numbers`
  public func prepare<Item: Sendable>(
    _ numbers: [Int], of source: any IndexedSource,
    _ prepare: (_ sample: ImageTextSample, _ index: Int) throws -> Item
  ) -> [Result<Item, SkippedSample>] {
    collect(numbers.count) { index, _ in
      var origin = source.path
      return Result(at: &origin) { origin in
        let sample = try source.sample(at: numbers[index])
        origin = sample.origin
        return try prepare(sample, index)
      }
    }
  }

  /// The same with each sample's share of the data's fingerprint; nil for one that cannot be read.
  package func prepareWithShares<Item: Sendable>(
    _ numbers: [Int], of source: any IndexedSource, _ prepare: (_ sample: ImageTextSample) throws -> Item
  ) -> [(share: Fingerprint.Share?, item: Result<Item, SkippedSample>)] {
    collect(numbers.count) { index, _ in
      var origin = source.path, share: Fingerprint.Share?
      let item = Result(at: &origin) { origin in
        let sample = try source.sample(at: numbers[index])
        origin = sample.origin
        share = Fingerprint.Share(of: sample)
        return try prepare(sample)
      }
      return (share, item)
    }
  }

  /// Values computed on all threads, in the order of their indices.
  func collect<Value: Sendable>(_ count: Int, _ value: (_ index: Int, _ worker: Int) -> Value) -> [Value] {
    let values = Lock([Value?](repeating: nil, count: count))
    forEach(count) { index, worker in
      let value = value(index, worker)
      values.withLock { $0[index] = value }
    }
    return values.withLock { $0 }.compactMap { $0 }
  }
}

extension Result where Success: Sendable, Failure == SkippedSample {
  /// An item, or why its sample cannot be used.
  /// - Parameter origin: where the sample came from, for faults that do not say; `make` corrects it when it knows better
  init(at origin: inout String, _ make: (inout String) throws -> Success) {
    do { self = .success(try make(&origin)) } catch let fault as SkippedSample { self = .failure(fault) } catch {
      self = .failure(SkippedSample(origin: origin, reason: "\(error)"))
    }
  }
}

extension ImageTextSample {
  /// - Throws: ``SkippedSample`` where nothing is said about the picture.
  package func requireCaption() throws {
    if captions.isEmpty { throw SkippedSample(origin: origin, reason: "has no caption") }
  }
}
