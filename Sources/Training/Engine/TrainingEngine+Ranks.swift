import CLIPLayers
import CLIPRanks
import CLIPTensors

// Gradients of a batch that several processes share.
extension TrainingEngine {
  /// What begins the sum of a block's gradients as soon as they are there.
  func beginSum(_ ranks: any RankGroup) -> (_ entries: Range<Int>) -> Void {
    { [gradients, isTrained] entries in
      if isTrained[entries].contains(true) { ranks.beginSum(gradients.memory(of: entries)) }
      ranks.progress()
    }
  }

  /// Sums what no block sums, and waits for all sums.
  ///
  /// Gradients that come from the loss alone are of the whole batch on every rank; rank 0's are taken, because processors of
  /// another kind may round otherwise. Where the loss is divided they are of each rank's part, and are summed.
  func finishSums() throws {
    guard let ranks else { return }
    var inBlocks: Set<Int> = [], ofLosses: [Int] = []
    for transformer in [model.vision.transformer, model.text.transformer] {
      for number in transformer.chain.indices {
        inBlocks.formUnion(gradients.entries(of: transformer.path(number)))
      }
    }
    for (number, entry) in gradients.entries.enumerated()
    where entry.name.hasPrefix("logit_") || entry.name.hasPrefix("distillation.") {
      guard !dividesLoss else { continue }
      inBlocks.insert(number)
      ofLosses.append(number)
    }
    var first = 0
    while first < gradients.entries.count {
      var end = first
      while end < gradients.entries.count, !inBlocks.contains(end) { end += 1 }
      if end > first, isTrained[first..<end].contains(true) { ranks.beginSum(gradients.memory(of: first..<end)) }
      first = end + 1
    }
    try ranks.finishSums()
    for number in ofLosses {
      try ranks.broadcast(UnsafeMutableRawBufferPointer(gradients.memory(of: number..<number + 1)))
    }
  }
}

/// What went wrong on the way back, where nothing can be thrown.
final class SumFault {
  var error: (any Error)?
}

extension TrainingEngine {
  /// Which samples of the batch are this rank's.
  func rows(of own: Variable, _ ranks: any RankGroup) -> Range<Int> {
    let count = own.value.shape[0]
    return ranks.rank * count..<(ranks.rank + 1) * count
  }

  /// The rows of all ranks, one rank's behind the other's: `[ranks * rows, width]`.
  ///
  /// Backwards each rank takes its own rows. Where the loss behind it is the whole batch's on every rank, that is all; where
  /// each computes its part, the parts' gradients are summed first.
  func gathered(_ own: Variable, _ fault: SumFault) throws -> Variable {
    guard let ranks else { return own }
    let width = own.value.shape[1], rows = rows(of: own, ranks), sums = dividesLoss
    return own.tape.record(try own.value.gathered(from: ranks), from: [own]) { upstream in
      var upstream = upstream
      if sums {
        do {
          try upstream.withUnsafeMutableElements {
            ranks.beginSum($0)
            try ranks.finishSums()
          }
        } catch { fault.error = fault.error ?? error }
      }
      return [Tensor(Array(upstream.elements[rows.lowerBound * width..<rows.upperBound * width]), [rows.count, width])]
    }
  }

  /// The loss of the whole batch, where each rank computed its part.
  func summed(_ part: LossValue) throws -> LossValue {
    guard let ranks, dividesLoss else { return part }
    let own = [part.total] + part.terms.map(\.value)
    let all = try own.withUnsafeBytes {
      try ranks.gather($0, sizes: [Int](repeating: $0.count, count: ranks.count))
    }
    let sums = all.withUnsafeBytes { memory in
      own.indices.map { index in
        (0..<ranks.count).reduce(0.0) {
          $0 + memory.loadUnaligned(fromByteOffset: 8 * ($1 * own.count + index), as: Double.self)
        }
      }
    }
    return LossValue(total: sums[0], terms: zip(part.terms, sums.dropFirst()).map { ($0.name, $1) })
  }
}

extension Tensor {
  /// The rows of all ranks, which have as many each.
  func gathered(from ranks: any RankGroup) throws -> Tensor {
    let sizes = [Int](repeating: count * MemoryLayout<Float>.size, count: ranks.count)
    let bytes = try withUnsafeElements { try ranks.gather(UnsafeRawBufferPointer($0), sizes: sizes) }
    var all = Tensor(uninitialized: Shape([shape.extents[0] * ranks.count] + shape.extents.dropFirst()))
    all.withUnsafeMutableElements { target in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
    }
    return all
  }
}

extension TeacherFeatures {
  /// What the teacher says of all ranks' samples.
  func gathered(from ranks: any RankGroup) throws -> TeacherFeatures {
    var all = self
    all.image = try image.gathered(from: ranks)
    all.text = try text.gathered(from: ranks)
    return all
  }
}
