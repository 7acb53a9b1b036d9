internal import CCLIPVectorKernels
internal import CLIPCompute
internal import CLIPModelShapes

/// Products of whole numbers of any bits, one of whose sides has 8 at most.
enum GridProducts {
  /// The most terms that are added up at once, a multiple of 16 where there are so many.
  static func longest(_ arithmetic: Arithmetic, rightBits: Int) -> Int {
    let longest = min(arithmetic.longestSum(rightBits: rightBits), Int8Grid.mostTerms)
    return longest >= 16 ? longest / 16 * 16 : max(longest, 1)
  }

  /// `c = a op(b)` whose sum an accumulator of 32 bits holds.
  /// - Parameters:
  ///   - a: `[m, k]`
  ///   - b: `[n, k]`, or `[k, n]` where it is not transposed
  ///   - c: `[m, n]`, packed
  ///   - isWide: whether `a` has 16 bits: its two bytes are multiplied one after the other
  static func sum(
    _ a: some Matrix, _ b: some Matrix, transposingB: Bool = true, into c: MatrixView, isWide: Bool,
    _ context: PassContext
  ) {
    guard isWide else { return Int8Grid.multiply(a, b, transposingB: transposingB, into: c, context) }
    let a = a.reading, b = b.reading
    let high = context.matrix(.high, rows: a.rows, columns: a.columns)
    let low = context.matrix(.low, rows: a.rows, columns: a.columns)
    vk_split_words(a.start, a.stride, a.rows, a.columns, high.start, low.start)
    let others = context.matrix(.others, rows: c.rows, columns: c.columns)
    Int8Grid.multiply(high, b, transposingB: transposingB, into: c, context)
    Int8Grid.multiply(low, b, transposingB: transposingB, into: others, context)
    let offsets = context.matrix(.offsets, rows: 1, columns: c.columns)
    offsets.fill(0)
    for row in 0..<b.rows {
      for column in 0..<b.columns {
        offsets.start[transposingB ? row : column] += 128 * b.start[row * b.stride + column]
      }
    }
    vk_join_sums(c.start, others.start, offsets.start, c.rows, c.columns)
  }

  /// The same for sums of any length: parts that accumulators hold, added in floats.
  static func product(
    _ a: ReadOnlyMatrix, _ b: ReadOnlyMatrix, transposingB: Bool = true, into c: MatrixView, _ arithmetic: Arithmetic,
    _ context: PassContext
  ) {
    let longest = longest(arithmetic, rightBits: arithmetic.rightBits), isWide = arithmetic.activationBits > 8
    for (number, terms) in WeightGrid.groups(of: a.columns, by: longest).enumerated() {
      let part = number == 0 ? c : context.matrix(.sums, rows: c.rows, columns: c.columns)
      sum(
        a.columns(terms), transposingB ? b.columns(terms) : b.rows(terms), transposingB: transposingB, into: part,
        isWide: isWide, context)
      if number > 0 { vk_add(c.start, part.start, c.rows * c.columns) }
    }
  }
}
