import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPRanks
import CLIPTensors

// Pairs that several ranks prepare together: each reads, decodes and keeps its part alone. Which pairs there are, and in
// which order, does not depend on the number of ranks.
extension CalibrationSet {
  /// Draws pairs as one process does.
  /// - Throws: ``RankDisagreement`` for ranks that have other data; ``InputError`` when the data set is damaged, or holds too
  ///   few usable pairs.
  static func divided(
    _ source: any ImageTextSource, _ preparation: PairPreparation, count: Int, seed: UInt64, by ranks: any RankGroup,
    on pool: ThreadPool, progress: (Int, Int) -> Void
  ) throws -> CalibrationSet {
    let (indexed, identity) = try ranks.together { (try source.indexed(), try source.identity()) }
    try ranks.requireAgreement([
      ("other calibration data", "\(identity.format) \(identity.samples) \(identity.digest)"),
      ("another choice of calibration data", "\(count) \(seed) \(preparation.size) \(preparation.context)"),
    ])
    let order = order(of: indexed.count, seed: seed), pairs = min(count, indexed.count)
    let pixels = 3 * preparation.size * preparation.size
    try ranks.together { try requireMemory((pairs + ranks.count - 1) / ranks.count, pixels: pixels) }
    var images = PictureRows(room: (pairs + ranks.count - 1) / ranks.count, size: preparation.size)
    var ids: [Int32] = [], fingerprint = Fingerprint()
    var faults: [JSONValue] = [], numbers = [[Int]](repeating: [], count: ranks.count), taken = 0, next = 0
    while taken < pairs, next < order.count {
      let chosen = next..<min(next + min(256 * ranks.count, pairs - taken), order.count)
      let own = chosen.filter { $0 % ranks.count == ranks.rank }
      let found = pool.prepare(own.map { order[$0] }, of: indexed) { sample, index in
        try preparation(sample, number: order[own[index]])
      }
      var isUsable = [UInt8](repeating: 1, count: own.count)
      for (index, result) in found.enumerated() {
        switch result {
        case .success(let pair):
          images.add(pair.pixels)
          ids += pair.ids
          fingerprint.add(pair.share)
        case .failure(let fault):
          isUsable[index] = 0
          faults.append([.integer(own[index]), .string(fault.origin), .string(fault.reason)])
        }
      }
      // Every rank learns which samples became pairs, and so which number each pair has.
      let all = try ranks.gatherBytes(isUsable)
      var place = [Int](repeating: 0, count: ranks.count)
      for sample in chosen {
        let rank = sample % ranks.count
        if all[rank][place[rank]] == 1 {
          numbers[rank].append(taken)
          taken += 1
        }
        place[rank] += 1
      }
      next = chosen.upperBound
      progress(taken, pairs)
    }
    let skipped = try skipped(faults, ranks)
    guard taken >= minimumCount else {
      throw RankDisagreement(tooFew(taken, source.path, skipped))
    }
    for parts in try ranks.gather(fingerprint.parts.map(String.init).joined(separator: " ")).enumerated()
    where parts.offset != ranks.rank {
      var other = Fingerprint()
      let words = parts.element.split(separator: " ").compactMap { UInt64($0) }
      if words.count == 3 { other.parts = words }
      fingerprint.add(other)
    }
    return CalibrationSet(
      images: images.tensor, ids: ids,
      share: CalibrationShare(numbers: numbers, rank: ranks.rank), fingerprint: fingerprint, skipped: skipped)
  }

  /// What could not be used on any rank, in the order in which one process meets it.
  private static func skipped(_ faults: [JSONValue], _ ranks: any RankGroup) throws -> SkippedSamples {
    var skipped = SkippedSamples(), all: [(place: Int, sample: SkippedSample)] = []
    for text in try ranks.gather(JSONValue.array(faults).text()) {
      for fault in try JSONParser.parse(text).arrayValue ?? [] {
        guard let fault = fault.arrayValue, fault.count == 3, let place = fault[0].intValue,
          let origin = fault[1].stringValue, let reason = fault[2].stringValue
        else { continue }
        all.append((place, SkippedSample(origin: origin, reason: reason)))
      }
    }
    for fault in all.sorted(by: { $0.place < $1.place }) { skipped.add(fault.sample) }
    return skipped
  }
}

/// Pictures one behind the other, of which a rank does not know beforehand how many it will have.
private struct PictureRows {
  private var memory: Tensor
  private var count = 0

  init(room: Int, size: Int) { memory = Tensor(uninitialized: [room, 3, size, size]) }

  mutating func add(_ pixels: [Float]) {
    let room = memory.shape[0]
    if count == room {
      var larger = Tensor(uninitialized: Shape([room + room / 8 + 1] + memory.shape.extents.dropFirst()))
      larger.withUnsafeMutableElements { target in
        memory.withUnsafeElements { _ = target.update(fromContentsOf: $0) }
      }
      memory = larger
    }
    memory.withUnsafeMutableElements { target in
      _ = UnsafeMutableBufferPointer(rebasing: target[(count * pixels.count)...]).update(fromContentsOf: pixels)
    }
    count += 1
  }

  /// `[pictures, 3, size, size]`
  var tensor: Tensor { memory.rows(0..<count) }
}
