import CLIPRanks

// Features that several processes computed, brought together.
extension FeatureCache {
  /// Adds what the other ranks computed, in the order of their numbers.
  /// - Parameters:
  ///   - own: the samples that this rank did
  ///   - before: rows of both tables that all ranks had
  func exchange(
    _ own: ArraySlice<Int>, _ before: (images: Int, texts: Int), _ ranks: any RankGroup
  ) throws {
    let pictures = samples
    let mine: [Int64] = own.flatMap { number -> [Int64] in
      let row = pictures[number] ?? -1
      let key = row >= 0 ? images.key(at: row) : 0
      return [
        Int64(number), row >= 0 ? 1 : 0, Int64(truncatingIfNeeded: key >> 64), Int64(truncatingIfNeeded: key),
      ]
    }
    let rows = try ranks.gatherBytes(mine.withUnsafeBytes { Array($0) })
    images = try images.gathered(from: before.images, ranks)
    texts = try texts.gathered(from: before.texts, ranks)
    for bytes in rows {
      bytes.withUnsafeBytes { memory in
        func word(_ index: Int) -> Int64 { memory.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self) }
        for first in stride(from: 0, to: bytes.count / 8, by: 4) {
          let key = UInt128(UInt64(bitPattern: word(first + 2))) << 64 | UInt128(UInt64(bitPattern: word(first + 3)))
          samples[Int(word(first))] = word(first + 1) == 1 ? images[key] ?? -1 : -1
        }
      }
    }
  }
}

extension FeatureTable {
  /// This table with the rows that all ranks added beyond the first `count`, which all of them have.
  func gathered(from count: Int, _ ranks: any RankGroup) throws -> FeatureTable {
    let own = keysAndRows(from: count)
    let keys = try ranks.gatherBytes(own.keys), rows = try ranks.gatherBytes(own.rows)
    var table = prefix(count)
    for (keys, rows) in zip(keys, rows) {
      let numbers = rows.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      keys.withUnsafeBytes { memory in
        for index in 0..<keys.count / 16 {
          let key = memory.loadUnaligned(fromByteOffset: 16 * index, as: UInt128.self)
          if table[key] == nil { table.add(key, numbers[index * width..<(index + 1) * width]) }
        }
      }
    }
    return table
  }
}
