import CCLIPVectorKernels

/// Means and products of the rows of single-precision matrices.
///
/// Means are summed in double precision. Products are floats summed over ``rowsPerBlock`` rows, whose sums are added in
/// double precision: what is lost is the rounding of a few hundred terms, however many rows there are. Work is cut by rows
/// and by panels of columns, both of fixed size: the same bits on any number of threads.
public enum RowStatistics {
  /// Rows whose products are summed in floats.
  static let rowsPerBlock = 512
  /// Blocks that are laid out at a time, at most.
  private static let blocksAtOnce = 8
  /// Floats that are laid out at a time where a block needs no more.
  private static let floatsAtOnce = 2 << 20
  /// Columns of a panel: a tile of our own kernel, which reads panels as they lie; else enough to be worth OpenBLAS's while.
  private static let panel = ProductArithmetic.hasOwnFloats ? 64 : 256

  /// The weighted mean of the rows of `x`, `[columns]`.
  /// - Parameter weights: one a row, or nil where all count alike
  public static func mean(_ x: some Matrix, weights: [Float]? = nil) -> [Double] {
    columnMeans(x.reading, 0..<x.reading.columns, weights)
  }

  /// The same on all threads.
  package static func mean(_ x: some Matrix, weights: [Float]? = nil, on pool: ThreadPool) -> [Double] {
    let x = x.reading
    return inColumns(x.columns, on: pool) { columnMeans(x, $0, weights) }
  }

  /// Calls `body` for ranges of columns, each on a thread of its own, and puts their values together.
  package static func inColumns(_ columns: Int, on pool: ThreadPool, _ body: (Range<Int>) -> [Double]) -> [Double] {
    let wanted = 64, parts = (columns + wanted - 1) / wanted
    var values = [[Double]](repeating: [], count: parts)
    values.withUnsafeMutableBufferPointer { values in
      // Each task writes its own.
      nonisolated(unsafe) let values = values
      pool.forEach(parts) { part in values[part] = body(part * wanted..<min((part + 1) * wanted, columns)) }
    }
    return values.flatMap { $0 }
  }

  private static func columnMeans(_ x: ReadOnlyMatrix, _ columns: Range<Int>, _ weights: [Float]?) -> [Double] {
    let count = columns.count
    var sums = [Double](repeating: 0, count: count), total = 0.0
    sums.withUnsafeMutableBufferPointer { sums in
      for row in 0..<x.rows {
        let source = x.start + (row * x.stride + columns.lowerBound)
        guard let weights else {
          for column in 0..<count { sums[column] += Double(source[column]) }
          continue
        }
        let weight = Double(weights[row])
        total += weight
        for column in 0..<count { sums[column] += weight * Double(source[column]) }
      }
    }
    if weights == nil { total = Double(x.rows) }
    return total > 0 ? sums.map { $0 / total } : sums
  }

  /// `Σ_r weight_r (x_r - xMean)ᵀ (y_r - yMean)`: `[x.columns, y.columns]`.
  ///
  /// - Parameters:
  ///   - y: as many rows as `x`; nil stands for `x` itself, whose symmetric result is computed once
  ///   - weights: one a row, or nil where all count alike
  public static func products(
    _ x: some Matrix, mean xMean: [Double], with y: (any Matrix)? = nil, mean yMean: [Double]? = nil,
    weights: [Float]? = nil, on pool: ThreadPool
  ) -> DoubleMatrix {
    let x = x.reading, y = y?.reading
    precondition(y.map { $0.rows == x.rows } ?? true, "products need as many rows on both sides")
    selectKernels
    let isSymmetric = y == nil, m = x.columns, n = (y ?? x).columns
    var result = DoubleMatrix(rows: m, columns: n)
    if m == 0 || n == 0 || x.rows == 0 { return result }
    // Both factors carry the root of the weight, so that the symmetric case needs one copy only.
    let roots = weights.map { $0.map { $0.squareRoot() } }
    let blocks = max(1, min(blocksAtOnce, floatsAtOnce / (rowsPerBlock * (isSymmetric ? m : m + n))))
    let left = Panels(x, xMean, roots, blocks: blocks),
      right = y.map { Panels($0, yMean ?? xMean, roots, blocks: blocks) }
    let pairs = (0..<left.count).flatMap { row in
      ((isSymmetric ? row : 0)..<(right ?? left).count).map { (row, $0) }
    }
    result.elements.withUnsafeMutableBufferPointer { target in
      // Each task writes a tile of its own.
      nonisolated(unsafe) let target = target
      for first in stride(from: 0, to: x.rows, by: blocks * rowsPerBlock) {
        let rows = first..<min(first + blocks * rowsPerBlock, x.rows)
        left.fill(rows, on: pool)
        right?.fill(rows, on: pool)
        pool.forEach(pairs.count) { index in
          let (row, column) = pairs[index]
          guard let place = target.baseAddress.map({ $0 + (row * panel * n + column * panel) }) else { return }
          add(left, row, right ?? left, column, rows.count, to: place, stride: n)
        }
      }
      if isSymmetric {
        for row in 0..<m { for column in row + 1..<m { target[column * m + row] = target[row * m + column] } }
      }
    }
    return result
  }

  /// Adds the products of two panels, block by block.
  private static func add(
    _ left: Panels, _ row: Int, _ right: Panels, _ column: Int, _ rows: Int, to target: UnsafeMutablePointer<Double>,
    stride: Int
  ) {
    let m = left.width(row), n = right.width(column)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: m * n) { tile in
      guard let sums = tile.baseAddress else { return }
      for block in 0..<(rows + rowsPerBlock - 1) / rowsPerBlock {
        let count = min(rowsPerBlock, rows - block * rowsPerBlock)
        let a = left.start(block, row), b = right.start(block, column)
        if ProductArithmetic.hasOwnFloats {
          vk_float_multiply_small(m, n, count, a, m, 1, b, n, 1, 0, sums, n, 0)
        } else {
          multiply(
            ReadOnlyMatrix(a, rows: count, columns: m), transposingA: true, ReadOnlyMatrix(b, rows: count, columns: n),
            into: MatrixView(sums, rows: m, columns: n))
        }
        for i in 0..<m {
          let place = target + i * stride, source = sums + i * n
          for j in 0..<n { place[j] += Double(source[j]) }
        }
      }
    }
  }

  /// Rows of a matrix less their mean and times a weight, in panels of columns, each block of rows for itself.
  private final class Panels {
    let count: Int
    private let x: ReadOnlyMatrix, roots: [Float]?
    /// The mean as a float and what that leaves out, so that rows far from zero lose nothing.
    private let mean: [Float], rest: [Float]
    private let memory: UnsafeMutablePointer<Float>

    init(_ x: ReadOnlyMatrix, _ mean: [Double], _ roots: [Float]?, blocks: Int) {
      (self.x, self.roots) = (x, roots)
      self.mean = mean.map { Float($0) }
      rest = mean.map { Float($0 - Double(Float($0))) }
      count = (x.columns + panel - 1) / panel
      memory = .allocate(capacity: blocks * rowsPerBlock * x.columns)
    }

    deinit { memory.deallocate() }

    func width(_ number: Int) -> Int { min(panel, x.columns - number * panel) }

    /// `[rows of the block, width]`
    func start(_ block: Int, _ number: Int) -> UnsafeMutablePointer<Float> {
      memory + rowsPerBlock * (block * x.columns + number * panel)
    }

    func fill(_ rows: Range<Int>, on pool: ThreadPool) {
      let blocks = (rows.count + rowsPerBlock - 1) / rowsPerBlock
      // Each task writes a panel of its own.
      nonisolated(unsafe) let this = self
      pool.forEach(blocks * count) { task in
        this.fill(block: task / this.count, number: task % this.count, rows)
      }
    }

    private func fill(block: Int, number: Int, _ rows: Range<Int>) {
      let width = width(number), first = rows.lowerBound + block * rowsPerBlock
      var place = start(block, number)
      mean.withUnsafeBufferPointer { mean in
        rest.withUnsafeBufferPointer { rest in
          guard let mean = mean.baseAddress.map({ $0 + number * panel }),
            let rest = rest.baseAddress.map({ $0 + number * panel })
          else { return }
          for row in first..<min(first + rowsPerBlock, rows.upperBound) {
            let source = x.start + (row * x.stride + number * panel)
            if let root = roots?[row] {
              for column in 0..<width { place[column] = (source[column] - mean[column] - rest[column]) * root }
            } else {
              for column in 0..<width { place[column] = source[column] - mean[column] - rest[column] }
            }
            place += width
          }
        }
      }
    }
  }
}
