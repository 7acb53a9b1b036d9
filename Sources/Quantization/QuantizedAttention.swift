internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors
internal import CCLIPVectorKernels

/// Self-attention whose four products are of few bits: projections, `Q K^T`, and the probabilities times `V`.
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
  /// What a step of each is worth; ones until ranges are known.
  private var scales: [Float] = [1, 1, 1]
  private var arithmetic = Arithmetic.int8
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
    parts = ["q", "k", "v"].map { sites.add("\(path).attn.\($0)", $0 == "q" ? .left : .right) }
  }

  mutating func equalize(_ channels: [[Float]]) { input.equalize(largest: channels[input.site]) }

  /// Makes ready for passes.
  mutating func prepare(_ ranges: [Float], _ arithmetic: Arithmetic) {
    input.prepare(ranges, arithmetic)
    scales = parts.map { ranges[$0] }
    self.arithmetic = arithmetic
  }

  /// Rounds the weights anew; see ``QuantizedLinear/round(_:inputs:on:)``.
  mutating func round(_ format: WeightGrid.Format, _ samples: InputSamples?, on pool: ThreadPool) {
    input.round(format, inputs: samples?.rows(of: input.site), on: pool)
  }

  /// The heads' outputs before the output projection, for normalized `x`: `[sequences * tokens, inner]`; `[sequences, inner]`
  /// where a learned row asks, and where one token of each sequence asks and integers are computed.
  func attend(_ x: MatrixView, _ extent: SequenceExtent, _ context: PassContext) -> MatrixView {
    let tokens = x.rows / max(1, extent.sequences), isWhole = multiplies(tokens, context)
    var positions: [Int]?
    if isWhole, query == nil, case .tokens(let asking) = extent.asking { positions = asking }
    let sources = sources(x, extent, asking: positions == nil ? nil : extent.askingRows, context)
    let asking = query == nil && positions == nil ? tokens : 1
    let work = HeadWork(
      sources: sources, sequences: extent.sequences, tokens: tokens, asking: asking, isCausal: extent.isCausal,
      positions: positions, attended: context.matrix(.attended, rows: extent.sequences * asking, columns: inner))
    if let observer = context.observer {
      for (part, source) in zip(parts, sources) { observer.record(part, source) }
      observe(work, context)
    } else if isWhole {
      multiply(work, context)
    } else {
      simulate(work, context)
    }
    return work.attended
  }

  /// Whether heads are computed in integers.
  private func multiplies(_ tokens: Int, _ context: PassContext) -> Bool {
    context.runsIntegers && input.runsIntegers(context) && arithmetic.activationBits == 8
      && !arithmetic.integerSteps.contains(.softmax)
      && max(tokens, headWidth) <= GridProducts.longest(arithmetic, rightBits: 8)
  }

  /// Queries, keys and values, biases added and turned.
  /// - Parameter asking: rows of `x` whose queries are wanted; nil for all
  private func sources(
    _ x: MatrixView, _ extent: SequenceExtent, asking: [Int]?, _ context: PassContext
  ) -> [ReadOnlyMatrix] {
    if let query {
      let projected = context.matrix(.projected, rows: x.rows, columns: 2 * inner)
      input.apply(x, into: projected, context)
      return [query.reading] + parts(of: projected, 2)
    }
    guard let asking else {
      let projected = context.matrix(.projected, rows: x.rows, columns: 3 * inner)
      input.apply(x, into: projected, context)
      for part in 0..<2 { turn(projected.columns(columns(part, of: inner))) { $0 % extent.tokens } }
      return parts(of: projected, 3)
    }
    let queries = context.matrix(.asked, rows: asking.count, columns: inner)
    let own = context.matrix(.asking, rows: asking.count, columns: x.columns)
    let isApart = inner % PackedGrid.panel == 0
    let projected = context.matrix(.projected, rows: x.rows, columns: (isApart ? 2 : 3) * inner)
    if isApart {
      RowOperator.gather(x, rows: asking, into: own)
      input.apply(own, into: queries, outputs: 0..<inner, context)
      input.apply(x, into: projected, outputs: inner..<3 * inner, context)
    } else {
      input.apply(x, into: projected, context)
      RowOperator.gather(projected.columns(0..<inner), rows: asking, into: queries)
    }
    let rest = isApart ? projected : projected.columns(inner..<3 * inner)
    turn(queries) { extent.positions[$0] }
    turn(rest.columns(0..<inner)) { $0 % extent.tokens }
    return [queries.reading] + parts(of: rest, 2)
  }

  private func turn(_ rows: MatrixView, position: (Int) -> Int) {
    guard let rotary else { return }
    RotaryOperator.forward(rows, bias: Tensor(zeros: [inner]), rotary, position: position)
  }

  private func parts(of projected: MatrixView, _ count: Int) -> [ReadOnlyMatrix] {
    (0..<count).map { projected.reading.columns(columns($0, of: inner)) }
  }

  /// What the heads compute from, and where to.
  private struct HeadWork {
    /// Queries, keys and values, `[rows, inner]`; of a learned row that asks, `[1, inner]`
    let sources: [ReadOnlyMatrix]
    let sequences: Int
    let tokens: Int
    /// Rows of each sequence that ask.
    let asking: Int
    let isCausal: Bool
    /// The token of each sequence that asks, where one does.
    let positions: [Int]?
    /// `[sequences * asking, inner]`
    let attended: MatrixView

    /// The rows of queries, of keys and values, and of results that belong to a sequence.
    func rows(_ sequence: Int) -> (queries: Range<Int>, keys: Range<Int>, own: Range<Int>) {
      let own = sequence * asking..<(sequence + 1) * asking
      return (sources[0].rows < own.upperBound ? 0..<1 : own, sequence * tokens..<(sequence + 1) * tokens, own)
    }

    /// Tokens that a sequence's first row sees, and how many more each next.
    func firstLength(_ sequence: Int) -> Int { isCausal ? (positions?[sequence] ?? 0) + 1 : tokens }
    var growth: Int { isCausal ? 1 : 0 }

    func softmax(_ scores: UnsafeMutablePointer<Float>, _ sequence: Int) {
      vk_softmax_rows(scores, asking, tokens, firstLength(sequence), growth)
    }
  }

  private func columns(_ number: Int, of width: Int) -> Range<Int> { number * width..<(number + 1) * width }
  private func columns(_ head: Int) -> Range<Int> { columns(head, of: headWidth) }

  /// In floats, where ranges are looked at.
  private func observe(_ work: HeadWork, _ context: PassContext) {
    let scores = context.matrix(.scores, rows: work.asking, columns: work.tokens)
    for sequence in 0..<work.sequences {
      let (queries, keys, own) = work.rows(sequence)
      for head in 0..<heads {
        let columns = columns(head)
        CLIPCompute.multiply(
          work.sources[0].rows(queries).columns(columns), work.sources[1].rows(keys).columns(columns),
          transposingB: true, into: scores)
        for index in 0..<work.asking * work.tokens { scores.start[index] *= scoreFactor }
        work.softmax(scores.start, sequence)
        CLIPCompute.multiply(
          scores, work.sources[2].rows(keys).columns(columns), into: work.attended.rows(own).columns(columns))
      }
    }
  }

  /// In floats that hold whole numbers.
  private func simulate(_ work: HeadWork, _ context: PassContext) {
    let slots: [PassContext.Slot] = [.queries, .keys, .values]
    let grids = slots.indices.map { part -> ReadOnlyMatrix in
      let source = work.sources[part], grid = context.matrix(slots[part], rows: source.rows, columns: inner)
      let bits = part == 0 ? arithmetic.activationBits : arithmetic.rightBits
      Int8Grid.round(source, inverse: 1 / scales[part], most: Float(Arithmetic.most(bits)), into: grid)
      return grid.reading
    }
    let scores = context.matrix(.scores, rows: work.asking, columns: work.tokens)
    let totals = context.matrix(.totals, rows: 1, columns: work.asking).start
    let sums = context.matrix(.hidden, rows: work.asking, columns: headWidth)
    for sequence in 0..<work.sequences {
      let (queries, keys, own) = work.rows(sequence)
      for head in 0..<heads {
        let columns = columns(head), target = work.attended.rows(own).columns(columns)
        GridProducts.product(
          grids[0].rows(queries).columns(columns), grids[1].rows(keys).columns(columns), into: scores, arithmetic,
          context)
        weigh(work, sequence, scores.start, totals)
        GridProducts.product(
          scores.reading, grids[2].rows(keys).columns(columns), transposingB: false, into: sums, arithmetic, context)
        for row in 0..<work.asking { totals[row] = scales[2] / max(totals[row], 1) }
        vk_finish_sums(
          sums.start, headWidth, work.asking, headWidth, nil, totals, nil, 0, target.start, target.stride)
      }
    }
  }

  /// Scores' sums become whole numbers that go with their exponentials, and what each row of them adds up to.
  private func weigh(
    _ work: HeadWork, _ sequence: Int, _ scores: UnsafeMutablePointer<Float>, _ totals: UnsafeMutablePointer<Float>
  ) {
    let rows = work.asking, columns = work.tokens, most = Arithmetic.most(arithmetic.activationBits)
    guard !arithmetic.integerSteps.contains(.softmax) else {
      return iu_exponentials(
        scores, rows, columns, work.firstLength(sequence), work.growth, Double(scoreFactor), Int32(most), scores, totals
      )
    }
    for index in 0..<rows * columns { scores[index] *= scoreFactor }
    work.softmax(scores, sequence)
    vk_round_rows_to_grid(scores, rows, columns, Float(most), scores, totals)
  }

  /// In integers.
  private func multiply(_ work: HeadWork, _ context: PassContext) {
    let slots: [PassContext.Slot] = [.queries, .keys, .values]
    let grids = slots.indices.map { context.bytes(slots[$0], rows: work.sources[$0].rows, columns: inner) }
    let tokens = work.tokens, asking = work.asking, apart = query == nil && work.positions == nil ? 0 : 1
    if apart > 0 { grids[0].round(work.sources[0], inverse: 1 / scales[0]) }
    context.lanes.forRanges(of: work.sequences * tokens, per: 64, minimum: 16) { rows in
      for part in apart..<3 { grids[part].rows(rows).round(work.sources[part].rows(rows), inverse: 1 / scales[part]) }
    }
    let factors = context.matrix(.weights, rows: 1, columns: tokens)
    factors.fill(scoreFactor)
    context.lanes.forEach(work.sequences * heads) { task, worker in
      let (queries, keys, own) = work.rows(task / heads), columns = columns(task % heads)
      func memory(_ slot: PassContext.Slot, _ floats: Int) -> UnsafeMutablePointer<Float> {
        context.floats(slot, floats, worker: worker)
      }
      let packed = memory(
        .part, max(vk_int8_packed_bytes(tokens, headWidth), vk_int8_packed_bytes(headWidth, tokens)) / 4)
      let scores = memory(.scores, asking * tokens), totals = memory(.totals, asking)
      let weights = ByteMatrix(
        memory(.grid, ByteMatrix.floats(rows: asking, columns: tokens)), rows: asking, columns: tokens)
      let query = grids[0].rows(queries).columns(columns), key = grids[1].rows(keys).columns(columns)
      let value = grids[2].rows(keys).columns(columns), target = work.attended.rows(own).columns(columns)
      vk_int8_pack_rows(tokens, headWidth, key.start, key.stride, packed, 0)
      vk_int8_multiply_packed(
        asking, tokens, headWidth, query.start, query.stride, packed,
        vk_int8_output(
          values: scores, stride: tokens, column_factors: factors.start, row_factors: nil, bias: nil, adds: 0), 0)
      work.softmax(scores, task / heads)
      vk_round_rows_to_bytes(scores, asking, tokens, weights.start, weights.stride, totals)
      for row in 0..<asking { totals[row] = scales[2] / max(totals[row], 1) }
      vk_int8_pack_columns(headWidth, tokens, value.start, value.stride, packed, 0)
      vk_int8_multiply_packed(
        asking, headWidth, tokens, weights.start, weights.stride, packed,
        vk_int8_output(
          values: target.start, stride: target.stride, column_factors: nil, row_factors: totals, bias: nil, adds: 0), 0)
    }
  }

  /// What a unit of scores' sums is worth.
  private var scoreFactor: Float { scales[0] * scales[1] / Float(headWidth).squareRoot() }
}
