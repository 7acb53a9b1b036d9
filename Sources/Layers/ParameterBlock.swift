package import CLIPCompute
public import CLIPModelShapes
public import CLIPTensors

/// One number for each element of each parameter, in one run of memory: weights, gradients or an optimizer's moments.
///
/// A model made from a block reads the block's memory, so what the optimizer writes there the model runs with next.
/// `@unchecked Sendable`: written by one training step at a time, as ``Trainer`` sees to.
public final class ParameterBlock: ParameterSource, @unchecked Sendable {
  /// Where a parameter lies.
  public struct Entry: Sendable {
    /// Its name, its shape and what it is for.
    public let parameter: ParameterDescription
    /// The first of its elements; a multiple of 16, so that vector loops start on a cache line.
    let offset: Int
    /// How many elements it has, without those that fill its place up.
    public var count: Int { parameter.count }
    /// As checkpoints call it.
    public var name: String { parameter.name }
  }

  /// All parameters, in the order in which they lie in memory.
  public let entries: [Entry]
  private let storage: WritableStorage
  private let places: [String: Int]

  /// All elements zero.
  public init(zerosFor parameters: [ParameterDescription]) {
    var entries: [Entry] = [], end = 0
    for parameter in parameters {
      entries.append(Entry(parameter: parameter, offset: end))
      end += (parameter.count + 15) / 16 * 16
    }
    self.entries = entries
    places = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    storage = WritableStorage(count: end)
    clear()
  }

  /// The parameters of a source, copied.
  /// - Throws: what the source throws for a parameter that it lacks.
  public convenience init(_ parameters: [ParameterDescription], from source: some ParameterSource) throws {
    self.init(zerosFor: parameters)
    for entry in entries { try set(entry, source.parameter(entry.name, Shape(entry.parameter.shape))) }
  }

  /// A view of a parameter: it shows what is written to the block later.
  /// - Throws: ``ShapeError`` when there is none of that name and shape.
  public func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    guard let place = places[name], Shape(entries[place].parameter.shape) == shape else {
      throw ShapeError(
        "parameter \(name)",
        expected: places[name].map { "\(Shape(entries[$0].parameter.shape))" } ?? "none of that name",
        found: shape)
    }
    return self[entries[place]]
  }

  /// A view of a parameter.
  public subscript(_ entry: Entry) -> Tensor { Tensor(storage, offset: entry.offset, Shape(entry.parameter.shape)) }

  /// A view of a parameter, or nil.
  public subscript(_ name: String) -> Tensor? { places[name].map { self[entries[$0]] } }

  /// Writes a parameter.
  public func set(_ entry: Entry, _ value: Tensor) {
    precondition(value.count == entry.count, "\(entry.name): \(value.shape)")
    value.withUnsafeElements { source in
      if let base = source.baseAddress { start(entry).update(from: base, count: entry.count) }
    }
  }

  /// Sets all elements to zero; a large block takes memory again only as it is written.
  public func clear() {
    if isLarge { storage.clear() } else { storage.memory.update(repeating: 0, count: storage.count) }
  }

  /// The entries of a part of the model, which lie side by side: those whose names begin so.
  package func entries(of path: String) -> Range<Int> {
    let isPart = entries.map { $0.name.hasPrefix("\(path).") }
    guard let first = isPart.firstIndex(of: true) else { return 0..<0 }
    return first..<(isPart[first...].firstIndex(of: false) ?? entries.count)
  }

  /// The memory of some entries, with what fills it up.
  package func memory(of range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    guard !range.isEmpty else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    let first = entries[range.lowerBound].offset
    let end = range.upperBound < entries.count ? entries[range.upperBound].offset : storage.count
    return UnsafeMutableBufferPointer(start: storage.memory + first, count: end - first)
  }

  /// Sets all elements to zero but those of some entries.
  /// - Parameter kept: ranges that do not touch one another
  package func clear(leaving kept: [Range<Int>]) {
    var first = 0
    for range in kept.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      memory(of: first..<range.lowerBound).update(repeating: 0)
      first = range.upperBound
    }
    memory(of: first..<entries.count).update(repeating: 0)
  }

  /// Whether memory that it need not take is worth a page fault: from 256 MB.
  package var isLarge: Bool { storage.count >= 64 << 20 }

  /// Where the elements lie, to be written in place.
  package func start(_ entry: Entry) -> UnsafeMutablePointer<Float> { storage.memory + entry.offset }

  /// Where this block has what belongs to a parameter of a block laid out alike: its gradient, or, of the same block, its
  /// weights. To be written in place.
  package func memory(of parameter: Tensor) -> MatrixView {
    precondition(parameter.storage.count == storage.count, "a parameter that lies in no block laid out like this one")
    let matrix = parameter.reading
    return MatrixView(storage.memory + parameter.offset, rows: matrix.rows, columns: matrix.columns)
  }
}
