package import CLIPCompute
import CCLIPVectorKernels

/// The angles by which pairs of channels of a head are turned, token by token.
public struct RotaryTable: Sendable {
  /// `[tokens, headWidth / 2]`
  public let cosine: Tensor
  /// `[tokens, headWidth / 2]`
  public let sine: Tensor

  /// - Parameter angles: `[tokens, headWidth / 2]`, of which both are already taken
  public init(cosine: Tensor, sine: Tensor) {
    self.cosine = cosine
    self.sine = sine
  }
}

/// Rotary positions.
///
///     (a, b) -> (a cos t - b sin t, b cos t + a sin t)
///
/// for each pair of channels (2i, 2i + 1) of a head; `t` depends on the token and on `i`. Source: arXiv:2104.09864,
/// equation 34. A rotation's transpose is its inverse, so that the vector-Jacobian product turns back.
package enum RotaryOperator {
  /// `x = rotate(x + bias)` in place.
  ///
  /// - Parameters:
  ///   - x: `[rows, heads * headWidth]`
  ///   - bias: `[heads * headWidth]`
  ///   - position: the token that a row is
  package static func forward(
    _ x: MatrixView, bias: some Matrix, _ table: RotaryTable, position: (_ row: Int) -> Int
  ) {
    turn(x, bias: bias, table, direction: 1, position)
  }

  /// The vector-Jacobian product, and the inverse: turns `x` back in place.
  package static func backward(_ x: MatrixView, _ table: RotaryTable, position: (_ row: Int) -> Int) {
    turn(x, bias: Tensor(zeros: [x.columns]), table, direction: -1, position)
  }

  private static func turn(
    _ x: MatrixView, bias: some Matrix, _ table: RotaryTable, direction: Float, _ position: (Int) -> Int
  ) {
    let pairs = table.cosine.shape[1], heads = x.columns / (2 * pairs), bias = bias.reading
    for row in 0..<x.rows {
      let angles = position(row) * pairs
      vk_rotate_row(
        x.start + row * x.stride, bias.start, table.cosine.start + angles, table.sine.start + angles, direction, heads,
        2 * pairs)
    }
  }
}
