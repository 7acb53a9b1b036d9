package import CLIPCompute

/// In which order parts of a linear layer's input are best given up, when the layer may be refitted to what is left.
///
/// With the inputs' covariance `C` and the weight `W`, giving up the inputs `B` costs
///
///     tr( W_B ((C + λ I)⁻¹_BB)⁻¹ W_Bᵀ )
///
/// once the other columns have been fitted anew; `W` and the inverse are then brought up to date and the next ones chosen.
/// Two inputs that say the same are thus not both called useless.
///
/// Source: the Optimal Brain Surgeon (Hassibi and Stork, NIPS 1992) for least squares, by blocks as in Kwon et al.
/// (arXiv:2204.09656) and OSSCAR (arXiv:2403.12983).
package struct OptimalSurgeon {
  /// One layer that reads the inputs.
  package struct Reader {
    /// `[inputs, inputs]`
    var inverse: DoubleMatrix
    /// `[outputs, inputs]`
    var weight: DoubleMatrix
    /// What its cost is multiplied by.
    var share: Double

    /// - Returns: nil when the covariance holds what is not a number.
    package init?(covariance: DoubleMatrix, weight: DoubleMatrix, ridge: Double, share: Double = 1) {
      var gram = covariance
      let mean = gram.diagonal.reduce(0, +) / Double(max(gram.rows, 1))
      for index in 0..<gram.rows { gram[index, index] += max(ridge * mean, 1e-12) }
      guard let factor = Cholesky(gram) else { return nil }
      inverse = factor.inverse
      self.weight = weight
      self.share = share
    }
  }

  /// Scores whose order is the order of giving up: the cost when a part went, made to rise from part to part.
  ///
  /// - Parameters:
  ///   - parts: inputs that go together: one for a unit or channel, `headWidth` for a head
  ///   - batch: parts given up between two updates of the inverse; more than one is faster and hardly worse
  package static func scores(_ readers: [Reader], parts: [Range<Int>], batch: Int = 1) -> [Double] {
    var readers = readers, left = Array(parts.indices), scores = [Double](repeating: 0, count: parts.count)
    var last = 0.0
    while left.count > 1 {
      var costs = [Double](repeating: 0, count: left.count)
      for reader in readers {
        let energy = energy(reader.weight)
        for (place, part) in left.enumerated() { costs[place] += reader.share * cost(reader, parts[part], energy) }
      }
      let order = left.indices.sorted { (costs[$0], left[$0]) < (costs[$1], left[$1]) }
      let chosen = order.prefix(min(batch, left.count - 1))
      for place in chosen {
        // Strictly rising, so that sorting the scores gives the order back.
        last = max(costs[place], last.nextUp * (1 + 1e-12))
        scores[left[place]] = last
      }
      let inputs = chosen.flatMap { Array(parts[left[$0]]) }.sorted()
      for index in readers.indices { giveUp(inputs, in: &readers[index]) }
      let gone = Set(chosen.map { left[$0] })
      left.removeAll { gone.contains($0) }
    }
    if let survivor = left.first { scores[survivor] = last.nextUp * 2 }
    return scores
  }

  /// Each column's sum of squares.
  private static func energy(_ weight: DoubleMatrix) -> [Double] {
    var sums = [Double](repeating: 0, count: weight.columns)
    sums.withUnsafeMutableBufferPointer { sums in
      weight.elements.withUnsafeBufferPointer { elements in
        for row in 0..<weight.rows {
          let first = row * weight.columns
          for column in sums.indices { sums[column] += elements[first + column] * elements[first + column] }
        }
      }
    }
    return sums
  }

  private static func cost(_ reader: Reader, _ part: Range<Int>, _ energy: [Double]) -> Double {
    let weight = reader.weight
    if part.count == 1 {
      let input = part.lowerBound
      return energy[input] / max(reader.inverse[input, input], .leastNormalMagnitude)
    }
    let inputs = Array(part)
    guard let factor = Cholesky(reader.inverse.selecting(rows: inputs, columns: inputs)) else { return 0 }
    let columns = weight.selecting(rows: Array(0..<weight.rows), columns: inputs)
    let products = DoubleMatrix.product(columns, transposingA: true, columns)
    let inverse = factor.inverse
    return zip(products.elements, inverse.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func giveUp(_ inputs: [Int], in reader: inout Reader) {
    let all = Array(0..<reader.inverse.rows), outputs = Array(0..<reader.weight.rows)
    guard let factor = Cholesky(reader.inverse.selecting(rows: inputs, columns: inputs)) else { return }
    let rows = reader.inverse.selecting(rows: inputs, columns: all)
    let solved = DoubleMatrix.product(factor.inverse, rows)
    reader.weight.subtractProduct(reader.weight.selecting(rows: outputs, columns: inputs), solved)
    reader.inverse.subtractProduct(reader.inverse.selecting(rows: all, columns: inputs), solved)
    // What was given up must not come back as rounding noise.
    for input in inputs { for output in outputs { reader.weight[output, input] = 0 } }
  }
}
