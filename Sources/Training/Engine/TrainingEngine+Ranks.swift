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
  /// another kind may round otherwise.
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

extension Variable {
  /// The rows of all ranks, one rank's behind the other's: `[ranks * rows, width]`. Backwards each rank takes its own rows:
  /// the loss behind it is the whole batch's on every rank.
  func gathered(from ranks: (any RankGroup)?) throws -> Variable {
    guard let ranks else { return self }
    let rows = value.shape.extents[0], width = value.shape.extents[1], rank = ranks.rank
    return tape.record(try value.gathered(from: ranks), from: [self]) { upstream in
      [Tensor(Array(upstream.elements[rank * rows * width..<(rank + 1) * rows * width]), [rows, width])]
    }
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
