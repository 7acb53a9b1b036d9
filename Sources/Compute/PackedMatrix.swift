import CCLIPVectorKernels
import CLIPSystem

/// A linear layer's weight laid out once for many products, `[outputs, inputs]`.
///
/// A product with it packs nothing, which saves a few percent of a large one and much of a small one. It holds what the
/// weight was when it was packed.
///
/// `@unchecked Sendable`: written by its initializer only.
public final class PackedMatrix: @unchecked Sendable {
  /// Columns of a product.
  public let outputs: Int
  /// Terms of each sum.
  public let inputs: Int
  /// What products with it are computed in.
  public let arithmetic: ProductArithmetic
  private let memory: UnsafeMutableRawPointer
  /// In columns: where a product may be cut.
  package static let step = 16

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, or `[inputs, outputs]` where it is not transposed
  ///   - arithmetic: of the products
  /// - Returns: nil where this processor has no kernel that reads packed floats (AVX-512), or the weight is too small for
  ///   the arithmetic.
  package init?(_ weight: some Matrix, transposed: Bool = true, in arithmetic: ProductArithmetic) {
    let weight = weight.reading
    outputs = transposed ? weight.rows : weight.columns
    inputs = transposed ? weight.columns : weight.rows
    self.arithmetic = arithmetic
    guard min(outputs, inputs) >= ProductArithmetic.leastExtent else { return nil }
    let bytes: Int
    switch arithmetic {
    case .float32:
      guard ProductArithmetic.hasWideFloats else { return nil }
      bytes = 4 * vk_float_packed_count(inputs, outputs)
    case .bfloat16:
      bytes = 4 * vk_bfloat16_packed_count(inputs, outputs)
    }
    var block: UnsafeMutableRawPointer?
    guard posix_memalign(&block, 64, bytes) == 0, let block else { OutOfMemory.end(bytes) }
    memory = block
    switch arithmetic {
    case .float32:
      vk_float_pack(
        inputs, outputs, weight.start, weight.stride, transposed ? 1 : 0, floats, 0)
    case .bfloat16:
      vk_bfloat16_pack(
        inputs, outputs, weight.start, weight.stride, transposed ? 1 : 0,
        memory.assumingMemoryBound(to: UInt32.self), ProductArithmetic.hasBFloat16 ? 0 : 1)
    }
  }

  deinit { free(memory) }

  private var floats: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }

  /// Some columns of `c = a weight^T + beta * c`, on the calling thread.
  ///
  /// - Parameters:
  ///   - a: `[m, inputs]`
  ///   - columns: which of the outputs; its lower bound a multiple of ``step``
  ///   - c: `[m, columns]`
  package func multiply(_ a: ReadOnlyMatrix, columns: Range<Int>, into c: MatrixView, beta: Float = 0) {
    precondition(
      a.columns == inputs && c.rows == a.rows && c.columns == columns.count && columns.upperBound <= outputs
        && columns.lowerBound % Self.step == 0,
      "cannot multiply [\(a.rows), \(a.columns)] by \(columns) of a packed [\(outputs), \(inputs)]")
    switch arithmetic {
    case .float32:
      vk_float_multiply_packed(
        a.rows, outputs, inputs, a.start, a.stride, floats, columns.lowerBound, columns.count, beta, c.start, c.stride,
        0)
    case .bfloat16:
      let hasMemory = vk_bfloat16_multiply_packed(
        a.rows, outputs, inputs, a.start, a.stride, memory.assumingMemoryBound(to: UInt32.self), columns.lowerBound,
        columns.count, beta, c.start, c.stride, ProductArithmetic.hasBFloat16 ? 0 : 1)
      if hasMemory == 0 { OutOfMemory.end(1 << 20) }
    }
  }
}
