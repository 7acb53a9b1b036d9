import CCLIPOpenBLAS
import CCLIPVectorKernels

/// Multiplies on the calling thread: `c = alpha * op(a) op(b) + beta * c`.
///
/// The only function that calls OpenBLAS in single precision. A product's value depends on its shape alone, never on
/// threads, so callers cut their work into chunks of fixed size. With OpenBLAS's kernels for AVX2 a row's last bits depend on
/// where it stands, too (six of each twelve rows are summed in another order): there our own kernels take its place, but for
/// right operands of more than 524,288 elements and for transposed left ones, whose sums run over all rows. A weight that many
/// products share: ``PackedMatrix``.
/// - Parameters:
///   - a: `[m, k]`, or `[k, m]` when `transposingA`
///   - b: `[k, n]`, or `[n, k]` when `transposingB`
///   - c: `[m, n]`
///   - arithmetic: what it is computed in, but for very small products
@inlinable public func multiply(
  _ a: some Matrix, transposingA: Bool = false, _ b: some Matrix, transposingB: Bool = false, into c: MatrixView,
  alpha: Float = 1, beta: Float = 0, in arithmetic: ProductArithmetic = .float32
) {
  multiply(a.reading, transposingA, b.reading, transposingB, c, alpha, beta, arithmetic)
}

@usableFromInline func multiply(
  _ a: ReadOnlyMatrix, _ transposingA: Bool, _ b: ReadOnlyMatrix, _ transposingB: Bool, _ c: MatrixView,
  _ alpha: Float, _ beta: Float, _ arithmetic: ProductArithmetic
) {
  let m = transposingA ? a.columns : a.rows
  let k = transposingA ? a.rows : a.columns
  let n = transposingB ? b.rows : b.columns
  precondition(
    c.rows == m && c.columns == n && (transposingB ? b.columns : b.rows) == k,
    "cannot multiply [\(m), \(k)] by [\(transposingB ? b.columns : b.rows), \(n)] into [\(c.rows), \(c.columns)]")
  if m == 0 || n == 0 { return }
  if arithmetic == .bfloat16, min(m, n, k) >= ProductArithmetic.leastExtent {
    let hasMemory = vk_bfloat16_multiply(
      m, n, k, a.start, a.stride, transposingA ? 1 : 0, b.start, b.stride, transposingB ? 1 : 0, alpha, beta, c.start,
      c.stride, ProductArithmetic.hasBFloat16 ? 0 : 1)
    if hasMemory == 0 { OutOfMemory.end(1 << 20) }
    return
  }
  // What attention multiplies: OpenBLAS packs such operands at a tenth to a quarter of the time.
  if !transposingB, n * k <= ProductArithmetic.smallRight, ProductArithmetic.hasOwnFloats {
    vk_float_multiply_small(
      m, n, k, a.start, a.stride, transposingA ? 1 : 0, b.start, b.stride, alpha, beta, c.start, c.stride, 0)
    return
  }
  if !transposingA, n * k <= ProductArithmetic.mostOwn, ProductArithmetic.hasOwnFloats {
    let hasMemory = vk_float_multiply(
      m, n, k, a.start, a.stride, b.start, b.stride, transposingB ? 1 : 0, alpha, beta, c.start, c.stride, 0)
    if hasMemory == 1 { return }
  }
  selectKernels
  cblas_sgemm(
    CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(n), blasint(k), alpha, a.start, blasint(max(a.stride, 1)), b.start,
    blasint(max(b.stride, 1)), beta, c.start, blasint(max(c.stride, 1)))
}
