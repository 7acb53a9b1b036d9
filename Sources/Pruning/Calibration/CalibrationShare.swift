import CLIPFiles
import CLIPRanks
import CLIPTensors

/// Which pairs of a set lie on which of the ranks that divide it.
///
/// Ranks take pairs in turn, so that the first pairs, on which much is measured, are spread over all of them.
struct CalibrationShare: Sendable, Equatable {
  /// For each rank the numbers of its pairs, ascending; together they are 0 up to ``count``.
  let numbers: [[Int]]
  /// Whose share it is.
  let rank: Int
  /// All pairs.
  let count: Int

  init(numbers: [[Int]], rank: Int) {
    self.numbers = numbers
    self.rank = rank
    count = numbers.reduce(0) { $0 + $1.count }
  }

  /// Pairs in turn.
  init(of count: Int, _ ranks: any RankGroup) {
    let group = ranks.count
    self.init(numbers: (0..<group).map { Array(stride(from: $0, to: count, by: group)) }, rank: ranks.rank)
  }

  /// The numbers of the pairs that are here.
  var own: [Int] { numbers[rank] }

  /// What is left of the pairs in a range, which are numbered anew.
  func selecting(_ range: Range<Int>) -> CalibrationShare {
    CalibrationShare(
      numbers: numbers.map { $0.filter { range.contains($0) }.map { $0 - range.lowerBound } }, rank: rank)
  }

  /// The places of the pairs in a range among those that are here.
  func places(of range: Range<Int>) -> Range<Int> {
    let first = own.firstIndex { $0 >= range.lowerBound } ?? own.count
    return first..<(own.firstIndex { $0 >= range.upperBound } ?? own.count)
  }
}

extension CalibrationSet {
  /// The pairs that measurements look at, where a model's every pass takes long.
  static var fewestShared: Int { 64 }

  /// This rank's part of pairs that all ranks have.
  func part(of ranks: any RankGroup) -> CalibrationSet {
    let share = CalibrationShare(of: count, ranks), context = ids.count / max(count, 1)
    return CalibrationSet(
      images: Slice("", rows: share.own)(images, Shape([share.own.count] + images.shape.extents.dropFirst())),
      ids: share.own.flatMap { ids[$0 * context..<($0 + 1) * context] }, share: share, fingerprint: fingerprint,
      skipped: skipped)
  }

  /// Refuses ranks of which some would have nothing to look at.
  /// - Throws: ``RankDisagreement`` on all ranks alike.
  func requireWork(_ ranks: any RankGroup) throws {
    guard let share else { return }
    let few = min(count, Self.fewestShared)
    guard share.selecting(0..<few).numbers.contains(where: \.isEmpty) else { return }
    throw RankDisagreement(
      InputError("\(ranks.count) ranks cannot divide \(few) pairs", advice: "start fewer ranks, or give more pairs"))
  }

  /// What all ranks have of each of their pairs, in the order of the pairs; as it is where one process has all.
  /// - Parameter rows: one a pair that is here
  func gathered(_ rows: Tensor, _ ranks: (any RankGroup)?) throws -> Tensor {
    guard let share, let ranks else { return rows }
    let inner = rows.shape.extents.dropFirst(), size = inner.reduce(MemoryLayout<Float>.size, *)
    let bytes = try rows.withUnsafeElements { try share.inOrder(UnsafeRawBufferPointer($0), size, ranks) }
    var all = Tensor(uninitialized: Shape([share.count] + inner))
    all.withUnsafeMutableElements { UnsafeMutableRawBufferPointer($0).copyBytes(from: bytes) }
    return all
  }

  /// Some pairs, whole, on all ranks.
  func pairs(_ range: Range<Int>, _ ranks: (any RankGroup)?) throws -> CalibrationSet {
    let places = share?.places(of: range) ?? range, context = ids.count / max(images.shape[0], 1)
    let own = CalibrationSet(
      images: images.rows(places), ids: Array(ids[places.lowerBound * context..<places.upperBound * context]),
      share: share?.selecting(range), fingerprint: fingerprint)
    guard let share = own.share, let ranks else { return own }
    let length = try ranks.gather(context).max() ?? 0
    let bytes = try own.ids.withUnsafeBytes { try share.inOrder($0, 4 * length, ranks) }
    let ids = bytes.withUnsafeBytes { memory in
      (0..<memory.count / 4).map { memory.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
    }
    return CalibrationSet(images: try own.gathered(own.images, ranks), ids: ids, fingerprint: fingerprint)
  }
}

extension CalibrationShare {
  /// The bytes of all pairs in their order.
  /// - Parameters:
  ///   - own: those of the pairs that are here
  ///   - size: of a pair
  fileprivate func inOrder(_ own: UnsafeRawBufferPointer, _ size: Int, _ ranks: any RankGroup) throws -> [UInt8] {
    let told = try ranks.gather(own, sizes: numbers.map { $0.count * size })
    return [UInt8](unsafeUninitializedCapacity: told.count) { target, written in
      let target = UnsafeMutableRawBufferPointer(target)
      told.withUnsafeBytes { source in
        for (row, number) in numbers.joined().enumerated() {
          UnsafeMutableRawBufferPointer(rebasing: target[number * size..<(number + 1) * size])
            .copyBytes(from: source[row * size..<(row + 1) * size])
        }
      }
      written = told.count
    }
  }
}
