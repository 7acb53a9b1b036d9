import CLIPCompute
import CLIPLayers
import CCLIPVectorKernels

/// The Euclidean length of all gradients together.
enum GradientNorm {
  /// Runs of at most `length` elements of the parameters that are trained: entry and range within it.
  static func runs(_ block: ParameterBlock, _ isTrained: [Bool], length: Int) -> [(entry: Int, range: Range<Int>)] {
    block.entries.indices.filter { isTrained[$0] }.flatMap { entry in
      stride(from: 0, to: block.entries[entry].count, by: length).map {
        (entry, $0..<min($0 + length, block.entries[entry].count))
      }
    }
  }

  /// Not a number, or infinite, when any gradient is. Squares are summed in double precision, run by run in order.
  static func of(_ gradients: ParameterBlock, isTrained: [Bool], on pool: ThreadPool) -> Double {
    let runs = runs(gradients, isTrained, length: 1 << 15)
    var sums = [Double](repeating: 0, count: runs.count)
    sums.withUnsafeMutableBufferPointer { sums in
      let target = SendablePointer(sums.baseAddress)
      pool.forEach(runs.count) { index in
        let (entry, range) = runs[index]
        target.pointer?[index] = tk_sum_squares(
          gradients.start(gradients.entries[entry]) + range.lowerBound, range.count)
      }
    }
    return sums.reduce(0, +).squareRoot()
  }

  /// Each task writes its own element.
  private struct SendablePointer: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Double>?
    init(_ pointer: UnsafeMutablePointer<Double>?) { self.pointer = pointer }
  }
}
