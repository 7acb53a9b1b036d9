import CLIPTensors
import CLIPWeights

/// Features by the hash of what they were computed of.
struct FeatureTable {
  let width: Int
  private var keys: [UInt128] = []
  /// The row of each key.
  private(set) var places: [UInt128: Int] = [:]
  /// The first rows, as a file holds them.
  private var read: Tensor?
  /// The rows after them.
  private var added: [Float] = []

  init(width: Int) { self.width = width }

  /// A table as ``tensors(_:)`` laid it out; nil where it does not fit together.
  init?(_ file: SafetensorsFile, _ name: String, width: Int) {
    guard let tensor = try? file.tensor(name), let words = try? file.integers("\(name)_keys"),
      words.count % 2 == 0, tensor.shape == [words.count / 2, width]
    else { return nil }
    self.width = width
    read = tensor
    for index in stride(from: 0, to: words.count, by: 2) {
      let key =
        UInt128(UInt64(bitPattern: Int64(words[index]))) << 64 | UInt128(UInt64(bitPattern: Int64(words[index + 1])))
      places[key] = keys.count
      keys.append(key)
    }
  }

  var count: Int { keys.count }

  /// The row of a key.
  subscript(key: UInt128) -> Int? { places[key] }

  /// The key of a row.
  func key(at row: Int) -> UInt128 { keys[row] }

  /// The first rows alone.
  func prefix(_ count: Int) -> FeatureTable {
    var table = FeatureTable(width: width)
    let first = read.map { $0.shape.extents[0] } ?? 0
    if count >= first { table.read = read }
    table.keys = Array(keys.prefix(count))
    table.added = count >= first ? Array(added.prefix((count - first) * width)) : []
    for (row, key) in table.keys.enumerated() { table.places[key] = row }
    return table
  }

  /// The keys and the rows from one on, as they lie in memory.
  func keysAndRows(from row: Int) -> (keys: [UInt8], rows: [UInt8]) {
    let first = read.map { $0.shape.extents[0] } ?? 0
    return (
      keys[row...].withUnsafeBytes { Array($0) },
      added[max(0, row - first) * width..<added.count].withUnsafeBytes { Array($0) }
    )
  }

  /// Appends a row; `features` are `width` numbers.
  mutating func add(_ key: UInt128, _ features: ArraySlice<Float>) {
    places[key] = keys.count
    keys.append(key)
    added += features
  }

  /// The rows of keys that are there: `[keys, width]`.
  func rows(_ wanted: [UInt128]) -> Tensor {
    var result = Tensor(uninitialized: [wanted.count, width])
    let first = read.map { $0.shape.extents[0] } ?? 0
    result.withUnsafeMutableElements { target in
      func copy(_ source: UnsafeBufferPointer<Float>, _ row: Int, to index: Int) {
        for column in 0..<width { target[index * width + column] = source[row * width + column] }
      }
      let rows = wanted.map { places[$0] ?? 0 }
      read?.withUnsafeElements { source in
        for (index, row) in rows.enumerated() where row < first { copy(source, row, to: index) }
      }
      added.withUnsafeBufferPointer { source in
        for (index, row) in rows.enumerated() where row >= first { copy(source, row - first, to: index) }
      }
    }
    return result
  }

  /// `NAME` `[rows, width]` and `NAME_keys` `[rows, 2]`: the high and the low word of each key.
  func tensors(_ name: String) -> [OutgoingTensor] {
    let words = keys.flatMap { key in
      [UInt64(truncatingIfNeeded: key >> 64), UInt64(truncatingIfNeeded: key)].map { Int(Int64(bitPattern: $0)) }
    }
    return [
      OutgoingTensor(name, Tensor((read?.elements ?? []) + added, [count, width])),
      OutgoingTensor("\(name)_keys", integers: words, [count, 2]),
    ]
  }
}
