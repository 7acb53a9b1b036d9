internal import CLIPCompute
internal import CLIPLayers
internal import CLIPTensors
internal import CCLIPVectorKernels

/// Self-attention whose four products are 8-bit: projections, `Q K^T`, and the probabilities times `V`.
///
/// Queries, keys and values have a range each. The exponentials of a row, divided by its largest, go from 0 to 1: a step is
/// 1/127, and the row's sum is divided out behind the second product (as in Dao et al., arXiv:2205.14135), so that flat rows
/// lose no more than peaked ones. Exponentials are computed in floats, as an accelerator's vector unit does.
struct QuantizedAttention: Sendable {
  /// Queries, keys and values; of a learned row that asks, keys and values.
  private(set) var input: QuantizedLinear
  let heads: Int
  let headWidth: Int
  /// Sites of queries, keys and values.
  let parts: [Int]
  /// `[1, inner]`: what a learned row asks, the same for every sequence; nil where tokens ask.
  private let query: Tensor?
  private let rotary: RotaryTable?

  var inner: Int { heads * headWidth }

  init(_ attention: MultiHeadAttention, site: Int, _ path: String, _ sites: inout SiteList) {
    heads = attention.heads
    headWidth = attention.headWidth
    rotary = attention.rotary
    query = attention.learnedQuery
    let inner = attention.inner, rows = (query == nil ? 0 : inner)..<3 * inner
    input = QuantizedLinear(
      attention.inputWeight.rows(rows), bias: attention.inputBias.rows(rows), site: site)
    parts = ["q", "k", "v"].map { sites.add("\(path).attn.\($0)") }
  }

  mutating func equalize(_ channels: [[Float]]) { input.equalize(largest: channels[input.site]) }

  /// The heads' outputs `[sequences * tokens, inner]` for normalized `x`, before the output projection; `[sequences, inner]`
  /// where a learned row asks.
  func attend(_ x: MatrixView, _ extent: SequenceExtent, _ ranges: [Float], _ context: PassContext) -> MatrixView {
    let sequences = extent.sequences, isCausal = extent.isCausal, first = query == nil ? 0 : 1
    let projected = context.matrix(.projected, rows: x.rows, columns: (3 - first) * inner)
    input.apply(x, into: projected, ranges, context)
    if let rotary {
      let zeros = Tensor(zeros: [inner]), tokens = extent.tokens
      for part in 0..<2 {
        RotaryOperator.forward(projected.columns(part * inner..<(part + 1) * inner), bias: zeros, rotary) {
          $0 % tokens
        }
      }
    }
    let slots: [PassContext.Slot] = [.queries, .keys, .values]
    var scales: [Float] = [1, 1, 1]
    let sources = slots.indices.map { part -> ReadOnlyMatrix in
      let column = (part - first) * inner
      let columns =
        if part < first, let query { query.reading } else { projected.reading.columns(column..<column + inner) }
      if let observer = context.observer {
        observer.record(parts[part], columns)
        return columns
      }
      scales[part] = ranges[parts[part]]
      let grid = context.matrix(slots[part], rows: columns.rows, columns: inner)
      Int8Grid.quantize(columns, scale: scales[part], into: grid)
      return grid.reading
    }
    let tokens = x.rows / max(1, sequences)
    let asking = query == nil ? tokens : 1
    let attended = context.matrix(.attended, rows: sequences * asking, columns: inner)
    let scores = context.matrix(.scores, rows: asking, columns: tokens)
    let factor = scales[0] * scales[1] / Float(headWidth).squareRoot()
    for sequence in 0..<sequences {
      let rows = sequence * tokens..<(sequence + 1) * tokens, own = sequence * asking..<(sequence + 1) * asking
      let queries = sources[0].rows(query == nil ? own : 0..<1)
      for head in 0..<heads {
        let columns = head * headWidth..<(head + 1) * headWidth
        let target = attended.rows(own).columns(columns)
        product(queries.columns(columns), sources[1].rows(rows).columns(columns), scores, context)
        for index in 0..<asking * tokens { scores.start[index] *= factor }
        vk_softmax_rows(scores.start, asking, tokens, isCausal ? 1 : tokens, isCausal ? 1 : 0)
        let values = sources[2].rows(rows).columns(columns)
        guard context.observer == nil else {
          multiply(scores, values, into: target)
          continue
        }
        // Divided by the row's largest, every row has the whole range; what it sums up to is divided out behind the product.
        for row in 0..<asking {
          let weights = scores.rows(row..<row + 1)
          var most: Float = 0
          for column in 0..<tokens { most = max(most, weights.start[column]) }
          Int8Grid.quantize(weights, scale: max(most, .leastNormalMagnitude) / Int8Grid.most, into: weights)
        }
        let sums = context.matrix(.hidden, rows: asking, columns: headWidth)
        Int8Grid.multiply(scores, values, transposingB: false, into: sums, context)
        for row in 0..<asking {
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

  private func product(_ a: ReadOnlyMatrix, _ b: ReadOnlyMatrix, _ c: MatrixView, _ context: PassContext) {
    if context.observer == nil {
      Int8Grid.multiply(a, b, into: c, context)
    } else {
      multiply(a, b, transposingB: true, into: c)
    }
  }
}
