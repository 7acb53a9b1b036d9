/// Images with captions or labels, read in order.
public protocol ImageTextSource: Sendable {
  /// The path as the user named it.
  var path: String { get }

  /// How many samples there are, where that is known without reading them all; unusable ones are counted too.
  /// A file may say it and be wrong: good for a progress line, not for setting memory aside.
  var knownCount: Int? { get }

  /// A reader that stands before the first sample.
  func makeReader() throws -> any SampleReader

  /// The same samples, to be read in any order. May have to scan the data set once.
  func indexed() throws -> any IndexedSource

  /// Which data this is, told from lists and sizes; may have to scan the data set once, as ``indexed()`` does.
  func identity() throws -> DataIdentity

  /// The labels of all samples, where they can be told without looking at pictures; else nil. May have to scan the data
  /// set once.
  func surveyLabels() throws -> LabelSurvey?
}

extension ImageTextSource {
  /// Nothing: a source that knows its labels says so itself.
  public func surveyLabels() throws -> LabelSurvey? { nil }
}

/// Hands out one sample after another.
public protocol SampleReader {
  /// The next sample, or nil after the last.
  /// - Throws: ``SkippedSample`` for a sample that cannot be used: the reader stands behind it, so `next` may be called
  ///   again. ``InputError`` when the data set itself is damaged: reading cannot go on.
  mutating func next() throws -> ImageTextSample?
}

/// Images with captions or labels, read in any order, from any thread.
public protocol IndexedSource: ImageTextSource {
  /// How many samples there are; unusable ones are counted too.
  var count: Int { get }

  /// One sample. Safe to call from several threads.
  /// - Parameter index: in `0..<count`
  /// - Throws: ``SkippedSample`` when it cannot be used.
  func sample(at index: Int) throws -> ImageTextSample
}

extension IndexedSource {
  /// What ``count`` says.
  public var knownCount: Int? { count }
  /// A reader from the first index to the last.
  public func makeReader() throws -> any SampleReader { IndexedReader(self) }
  /// The source itself.
  public func indexed() throws -> any IndexedSource { self }
  /// What the path and the number of samples tell; sources that know more say more.
  public func identity() throws -> DataIdentity {
    var digest = IdentityDigest()
    digest.add(path)
    digest.add(count)
    return DataIdentity(format: "other", path: path, samples: count, digest: digest.text())
  }
}

/// Reads an indexed source from its first sample to its last.
struct IndexedReader<Source: IndexedSource>: SampleReader {
  private let source: Source
  private var position = 0

  init(_ source: Source) { self.source = source }

  mutating func next() throws -> ImageTextSample? {
    guard position < source.count else { return nil }
    defer { position += 1 }
    return try source.sample(at: position)
  }
}

extension ImageTextSource {
  /// Calls `body` for every usable sample in order.
  /// - Returns: the samples left out.
  /// - Throws: what `body` throws, or ``InputError`` when the data set is damaged.
  @discardableResult
  public func forEach(_ body: (ImageTextSample) throws -> Void) throws -> SkippedSamples {
    var skipped = SkippedSamples()
    var reader = try makeReader()
    while true {
      let sample: ImageTextSample?
      do { sample = try reader.next() } catch let fault as SkippedSample {
        skipped.add(fault)
        continue
      }
      guard let sample else { return skipped }
      try body(sample)
    }
  }
}
