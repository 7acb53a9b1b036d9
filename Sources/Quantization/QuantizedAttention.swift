internal import CLIPCompute
internal import CLIPLayers
internal import CCLIPVectorKernels

/// Self-attention whose four products are 8-bit: projections, `Q K^T`, and the probabilities times `V`.
///
/// Queries, keys and values have a range each. The exponentials of a row, divided by its largest, go from 0 to 1: a step is
/// 1/127, and the row's sum is divided out behind the second product (as in Dao et al., arXiv:2205.14135), so that flat rows
/// lose no more than peaked ones. Exponentials are computed in floats, as an accelerator's vector unit does.
struct QuantizedAttention: Sendable {
  private(set) var input: QuantizedLinear
  private(set) var output: QuantizedLinear
  let heads: Int
  let headWidth: Int
  /// Sites of queries, keys and values.
  let parts: [Int]

  var inner: Int { heads * headWidth }

  init(_ attention: MultiHeadAttention, at path: String, _ sites: inout SiteList) {
    heads = attention.heads
    headWidth = attention.headWidth
    input = QuantizedLinear(
      attention.inputWeight, bias: attention.inputBias, site: sites.add("\(path).attn.in_proj"))
    parts = ["q", "k", "v"].map { sites.add("\(path).attn.\($0)") }
    output = QuantizedLinear(
      attention.output.weight, bias: attention.output.bias, site: sites.add("\(path).attn.out_proj"))
  }

  mutating func equalize(_ channels: [[Float]]) {
    input.equalize(largest: channels[input.site])
    output.equalize(largest: channels[output.site])
  }

  /// The heads' outputs `[sequences * tokens, inner]` for normalized `x`, before the output projection.
  func attend(
    _ x: MatrixView, sequences: Int, isCausal: Bool, _ ranges: [Float], _ context: PassContext
  ) -> MatrixView {
    let projected = context.matrix(.projected, rows: x.rows, columns: 3 * inner)
    input.apply(x, into: projected, ranges, context)
    let attended = context.matrix(.attended, rows: x.rows, columns: inner)
    let slots: [PassContext.Slot] = [.queries, .keys, .values]
    var scales: [Float] = [1, 1, 1]
    let sources = slots.indices.map { part -> MatrixView in
      let columns = projected.columns(part * inner..<(part + 1) * inner)
      if let observer = context.observer {
        observer.record(parts[part], columns)
        return columns
      }
      scales[part] = ranges[parts[part]]
      let grid = context.matrix(slots[part], rows: x.rows, columns: inner)
      Int8Grid.quantize(columns, scale: scales[part], into: grid)
      return grid
    }
    let tokens = x.rows / max(1, sequences)
    let scores = context.matrix(.scores, rows: tokens, columns: tokens)
    let factor = scales[0] * scales[1] / Float(headWidth).squareRoot()
    for sequence in 0..<sequences {
      let rows = sequence * tokens..<(sequence + 1) * tokens
      for head in 0..<heads {
        let columns = head * headWidth..<(head + 1) * headWidth
        let target = attended.rows(rows).columns(columns)
        product(sources[0].rows(rows).columns(columns), sources[1].rows(rows).columns(columns), scores, context)
        for index in 0..<tokens * tokens { scores.start[index] *= factor }
        vk_softmax_rows(scores.start, tokens, tokens, isCausal ? 1 : tokens, isCausal ? 1 : 0)
        let values = sources[2].rows(rows).columns(columns)
        guard context.observer == nil else {
          multiply(scores, values, into: target)
          continue
        }
        // Divided by the row's largest, every row has the whole range; what it sums up to is divided out behind the product.
        for row in 0..<tokens {
          let weights = scores.rows(row..<row + 1)
          var most: Float = 0
          for column in 0..<tokens { most = max(most, weights.start[column]) }
          Int8Grid.quantize(weights, scale: max(most, .leastNormalMagnitude) / Int8Grid.most, into: weights)
        }
        let sums = context.matrix(.hidden, rows: tokens, columns: headWidth)
        Int8Grid.multiply(scores, values, transposingB: false, into: sums, context)
        for row in 0..<tokens {
          var total: Float = 0
          for column in 0..<tokens { total += scores.start[row * tokens + column] }
          let step = scales[2] / max(total, 1)
          for column in 0..<headWidth {
            target.start[row * target.stride + column] = sums.start[row * headWidth + column] * step
          }
        }
      }
    }
    return attended
  }

  private func product(_ a: MatrixView, _ b: MatrixView, _ c: MatrixView, _ context: PassContext) {
    if context.observer == nil {
      Int8Grid.multiply(a, b, into: c, context)
    } else {
      multiply(a, b, transposingB: true, into: c)
    }
  }
}
