import CLIPCompute
package import CLIPTensors

/// The fit of the matrices that read the stream through one norm.
///
/// What they should give is what the dense matrix `W'` makes of the dense rows `x'`, what they give is `W x`. With the kept
/// channels of the dense stream in `x`'s places, `z = x' - x` and the errors are
///
///     e = W' x' - W x = W' z + (W'_k - W) x        W'_k: the kept channels' columns
///
/// so that their products with the inputs, `Σ e xᵀ = W' Σ z xᵀ + (W'_k - W) Σ x xᵀ`, come from sums that all matrices
/// share, and no matrix is multiplied with the samples. Where the streams agree `z` is zero, and nothing changes.
package struct ReaderFit {
  /// The dense channels that stay.
  let channels: [Int]
  let options: CompensationOptions
  let sums: RowSums
  private let inputMean: [Double]
  private let lackingMean: [Double]
  /// `[width, width]` of the inputs, and `[dense width, width]` of what they lack with the inputs, about the means; nil
  /// where means alone are asked for.
  private let gram: DoubleMatrix?
  private let lacking: DoubleMatrix?

  /// - Parameters:
  ///   - inputs: `[samples, width]`: what the pruned norm gives
  ///   - denseInputs: `[samples, dense width]`: what the dense one gives
  ///   - sums: over the samples of all ranks
  /// - Returns: nil where the two are the same
  /// - Throws: what ranks throw that share the samples.
  package init?(
    _ inputs: Tensor, like denseInputs: Tensor, channels: [Int], _ options: CompensationOptions, by sums: RowSums
  ) throws {
    self.channels = channels
    self.options = options
    self.sums = sums
    var lacking = denseInputs
    let width = inputs.shape[1], denseWidth = denseInputs.shape[1], rows = inputs.shape[0]
    var differs = [Bool](repeating: width != denseWidth, count: 64)
    lacking.withUnsafeMutableElements { z in
      inputs.withUnsafeElements { x in
        differs.withUnsafeMutableBufferPointer { differs in
          // Each part writes rows of its own.
          nonisolated(unsafe) let (z, x, differs) = (z, x, differs)
          let parts = differs.count
          sums.pool.forEach(parts) { part in
            for row in rows * part / parts..<rows * (part + 1) / parts {
              for (place, channel) in channels.enumerated() {
                z[row * denseWidth + channel] -= x[row * width + place]
                if z[row * denseWidth + channel] != 0 { differs[part] = true }
              }
            }
          }
        }
      }
    }
    guard try sums.any(differs.contains(true)) else { return nil }
    inputMean = try sums.mean(inputs)
    lackingMean = try sums.mean(lacking)
    guard options.refitsMatrices else {
      (gram, self.lacking) = (nil, nil)
      return
    }
    gram = try sums.products(inputs, mean: inputMean)
    self.lacking = try sums.products(lacking, mean: lackingMean, with: inputs, mean: inputMean)
  }

  /// The change of a matrix that reads the inputs.
  /// - Parameters:
  ///   - weight, bias: `[outputs, width]` and `[outputs]`, as they are
  ///   - dense, denseBias: `[outputs, dense width]` and `[outputs]`, of the outputs that stay
  package func correction(
    _ weight: Tensor, _ bias: Tensor, like dense: Tensor, _ denseBias: Tensor
  ) -> LeastSquares.Correction {
    let outputs = weight.shape[0], width = weight.shape[1], denseWidth = dense.shape[1]
    let whole = SurgeonImportance.matrix(dense)
    var off = DoubleMatrix(rows: outputs, columns: width), isOff = false
    var errorMean = [Double](repeating: 0, count: outputs)
    weight.withUnsafeElements { weight in
      bias.withUnsafeElements { bias in
        denseBias.withUnsafeElements { denseBias in
          for output in 0..<outputs {
            var mean = Double(denseBias[output]) - Double(bias[output])
            for (place, channel) in channels.enumerated() {
              let difference = whole[output, channel] - Double(weight[output * width + place])
              off[output, place] = difference
              if difference != 0 { isOff = true }
              mean += difference * inputMean[place]
            }
            for channel in 0..<denseWidth { mean += whole[output, channel] * lackingMean[channel] }
            errorMean[output] = mean
          }
        }
      }
    }
    guard let gram, let lacking else { return LeastSquares.Correction(weight: nil, bias: errorMean) }
    var cross = DoubleMatrix.product(whole, lacking, on: sums.pool)
    if isOff {
      let rest = DoubleMatrix.product(off, gram, on: sums.pool)
      for index in cross.elements.indices { cross.elements[index] += rest.elements[index] }
    }
    return LeastSquares.correction(
      gram: gram, cross: cross, inputMean: inputMean, errorMean: errorMean, ridge: options.ridge, on: sums.pool)
  }
}
