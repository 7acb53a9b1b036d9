import CCLIPVectorKernels
import CLIPSystem

/// A linear layer's weight laid out once for many products, `[outputs, inputs]`.
///
/// A product with it packs nothing, which saves a few percent of a large one and much of a small one. It holds what the
/// weight was when it was packed.
///
/// `@unchecked Sendable`: written by its initializer only, or where it has been lent memory in parts that do not touch,
/// before it is read.
public final class PackedMatrix: @unchecked Sendable {
  /// Columns of a product.
  public let outputs: Int
  /// Terms of each sum.
  public let inputs: Int
  /// What products with it are computed in.
  public let arithmetic: ProductArithmetic
  private let memory: UnsafeMutableRawPointer
  private let isOwn: Bool
  /// In columns: where a product may be cut.
  package static let step = 16
  /// In columns: where packing may be cut.
  package static let panel = Int(VK_BFLOAT16_PANEL)

  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, or `[inputs, outputs]` where it is not transposed
  ///   - arithmetic: of the products
  /// - Returns: nil where this processor has no kernel that reads packed floats (AVX-512, or AVX2 for weights of up to 524,288
  ///   elements), or the weight is too small for the arithmetic.
  package convenience init?(_ weight: some Matrix, transposed: Bool = true, in arithmetic: ProductArithmetic) {
    let weight = weight.reading
    self.init(
      outputs: transposed ? weight.rows : weight.columns, inputs: transposed ? weight.columns : weight.rows, arithmetic,
      isOwn: true
    ) { bytes in
      var block: UnsafeMutableRawPointer?
      guard posix_memalign(&block, 64, bytes) == 0, let block else { OutOfMemory.end(bytes) }
      return block
    }
    pack(weight, transposed: transposed, outputs: 0..<outputs)
  }

  /// A matrix to be packed in bfloat16 by ``pack(_:transposed:outputs:)``, in memory that is lent.
  /// - Parameter memory: so many floats, 64-byte aligned, which outlive the matrix
  /// - Returns: nil where it is too small for bfloat16.
  package convenience init?(
    outputs: Int, inputs: Int, memory: (_ floats: Int) -> UnsafeMutablePointer<Float>
  ) {
    self.init(outputs: outputs, inputs: inputs, .bfloat16, isOwn: false) { UnsafeMutableRawPointer(memory($0 / 4)) }
  }

  private init?(
    outputs: Int, inputs: Int, _ arithmetic: ProductArithmetic, isOwn: Bool,
    _ memory: (_ bytes: Int) -> UnsafeMutableRawPointer
  ) {
    guard min(outputs, inputs) >= ProductArithmetic.leastExtent else { return nil }
    self.outputs = outputs
    self.inputs = inputs
    self.arithmetic = arithmetic
    self.isOwn = isOwn
    switch arithmetic {
    case .float32:
      guard ProductArithmetic.packsFloats(outputs * inputs) else { return nil }
      self.memory = memory(4 * vk_float_packed_count(inputs, outputs))
    case .bfloat16:
      self.memory = memory(4 * vk_bfloat16_packed_count(inputs, outputs))
    }
  }

  /// Lays a matrix out, or in bfloat16 some of its outputs.
  /// - Parameters:
  ///   - matrix: `[outputs, inputs]`, or `[inputs, outputs]` where it is not transposed
  ///   - range: from a multiple of ``panel``, and to one or the end
  package func pack(_ matrix: ReadOnlyMatrix, transposed: Bool, outputs range: Range<Int>) {
    precondition(
      (transposed ? matrix.rows : matrix.columns) == outputs && (transposed ? matrix.columns : matrix.rows) == inputs
        && range.lowerBound % Self.panel == 0 && (range.upperBound % Self.panel == 0 || range.upperBound == outputs),
      "cannot pack \(range) of [\(matrix.rows), \(matrix.columns)] as [\(outputs), \(inputs)]")
    switch arithmetic {
    case .float32:
      precondition(range == 0..<outputs, "floats are packed whole")
      vk_float_pack(inputs, outputs, matrix.start, matrix.stride, transposed ? 1 : 0, floats, 0)
    case .bfloat16:
      vk_bfloat16_pack(
        inputs, outputs, matrix.start, matrix.stride, transposed ? 1 : 0, words, range.lowerBound, range.upperBound,
        ProductArithmetic.hasBFloat16 ? 0 : 1)
    }
  }

  deinit { if isOwn { free(memory) } }

  private var floats: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
  private var words: UnsafeMutablePointer<UInt32> { memory.assumingMemoryBound(to: UInt32.self) }

  /// Some columns of `c = op(a) weight^T + beta * c`, on the calling thread.
  ///
  /// - Parameters:
  ///   - a: `[m, inputs]`, or in bfloat16 `[inputs, m]` when `transposingA`
  ///   - columns: which of the outputs; its lower bound a multiple of ``step``
  ///   - c: `[m, columns]`
  package func multiply(
    _ a: ReadOnlyMatrix, transposingA: Bool = false, columns: Range<Int>, into c: MatrixView, beta: Float = 0
  ) {
    let m = transposingA ? a.columns : a.rows
    precondition(
      (transposingA ? a.rows : a.columns) == inputs && c.rows == m && c.columns == columns.count
        && columns.upperBound <= outputs && columns.lowerBound % Self.step == 0,
      "cannot multiply [\(a.rows), \(a.columns)] by \(columns) of a packed [\(outputs), \(inputs)]")
    switch arithmetic {
    case .float32:
      precondition(!transposingA, "packed floats have no product with transposed rows")
      vk_float_multiply_packed(
        m, outputs, inputs, a.start, a.stride, floats, columns.lowerBound, columns.count, beta, c.start, c.stride, 0)
    case .bfloat16:
      let hasMemory = vk_bfloat16_multiply_packed(
        m, outputs, inputs, a.start, a.stride, transposingA ? 1 : 0, words, columns.lowerBound, columns.count, beta,
        c.start, c.stride, ProductArithmetic.hasBFloat16 ? 0 : 1)
      if hasMemory == 0 { OutOfMemory.end(1 << 20) }
    }
  }
}
