package import CLIPCompute
import CCLIPVectorKernels

/// Rows kept in bfloat16 until they are wanted again: half of the memory.
///
/// It lies in someone's memory, like a ``MatrixView``.
package struct HalfMatrix {
  private let start: UnsafeMutablePointer<UInt16>
  package let rows: Int
  package let columns: Int

  /// Floats that `rows` times `columns` halves take.
  package static func floats(_ rows: Int, _ columns: Int) -> Int { (rows * columns + 1) / 2 }

  /// - Parameter memory: ``floats(_:_:)`` floats
  package init(_ memory: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    start = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt16.self)
    self.rows = rows
    self.columns = columns
  }

  /// Keeps rows, rounded to the nearest.
  /// - Parameters:
  ///   - x: rows that touch
  ///   - first: where they stand here
  package func keep(_ x: MatrixView, at first: Int) {
    precondition(x.columns == columns && x.stride == columns && first + x.rows <= rows, "rows of another matrix")
    _ = vk_float_to_bfloat16(x.start, start + first * columns, x.rows * columns)
  }

  /// Gives rows back.
  package func give(_ x: MatrixView, from first: Int) {
    precondition(x.columns == columns && x.stride == columns && first + x.rows <= rows, "rows of another matrix")
    vk_bfloat16_to_float(start + first * columns, x.start, x.rows * columns)
  }
}
