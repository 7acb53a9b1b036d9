internal import CCLIPVectorKernels
internal import CLIPCompute
internal import CLIPTensors

/// A right operand of 8-bit products as the kernel reads it, packed once and never changed.
final class PackedGrid: Sendable {
  let outputs: Int
  let terms: Int
  private let memory: WritableStorage

  /// - Parameter grid: `[outputs, terms]`, whole numbers from -127 to 127
  init(_ grid: ReadOnlyMatrix) {
    outputs = grid.rows
    terms = grid.columns
    memory = WritableStorage(count: vk_int8_packed_bytes(outputs, terms) / 4)
    vk_int8_pack(outputs, terms, grid.start, grid.stride, 1, memory.memory)
  }

  /// Where some outputs can be computed without the others: they lie in panels of so many.
  static let panel = Int(VK_INT8_PANEL)

  /// The product of `x` and this, turned into floats.
  /// - Parameters:
  ///   - x: `[rows, terms]`
  ///   - own: which outputs; they begin and end with a ``panel``, or with the last output
  ///   - y: `[rows, own.count]`
  ///   - factors: `[outputs]`
  ///   - bias: `[outputs]`, or empty
  ///   - adds: whether `y` is added to
  func multiply(
    _ x: ByteMatrix, outputs own: Range<Int>, into y: MatrixView, factors: UnsafePointer<Float>, bias: [Float],
    adds: Bool
  ) {
    let first = memory.start + vk_int8_packed_bytes(own.lowerBound, terms) / 4
    bias.withUnsafeBufferPointer { bias in
      let output = vk_int8_output(
        values: y.start, stride: y.stride, column_factors: factors + own.lowerBound, row_factors: nil,
        bias: bias.baseAddress.flatMap { bias.isEmpty ? nil : $0 + own.lowerBound }, adds: adds ? 1 : 0)
      vk_int8_multiply_packed(x.rows, own.count, terms, x.start, x.stride, first, output, 0)
    }
  }
}

/// Rows of bytes in someone's working memory.
struct ByteMatrix {
  let start: UnsafeMutablePointer<UInt8>
  let rows: Int
  let columns: Int
  /// Bytes from one row to the next, a multiple of four that holds the columns.
  let stride: Int

  /// - Parameter memory: at least ``floats(rows:columns:)`` of them
  init(_ memory: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    start = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt8.self)
    self.rows = rows
    self.columns = columns
    stride = Self.stride(columns)
  }

  private init(_ start: UnsafeMutablePointer<UInt8>, rows: Int, columns: Int, stride: Int) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  private static func stride(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

  /// The memory that a matrix needs, and a word behind it that kernels may read.
  static func floats(rows: Int, columns: Int) -> Int { rows * stride(columns) / 4 + 1 }

  func rows(_ range: Range<Int>) -> ByteMatrix {
    ByteMatrix(start + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  func columns(_ range: Range<Int>) -> ByteMatrix {
    ByteMatrix(start + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// Rounds floats into all of it, 128 added to each number.
  /// - Parameters:
  ///   - inverses: of each column, in place of `inverse`; empty for none
  ///   - most: the grid's largest magnitude, 127 at most
  func round(_ x: ReadOnlyMatrix, inverse: Float, inverses: [Float] = [], most: Float = Int8Grid.most) {
    inverses.withUnsafeBufferPointer {
      vk_round_to_bytes(
        x.start, x.stride, rows, columns, inverse, inverses.isEmpty ? nil : $0.baseAddress, most, start, stride)
    }
  }
}
