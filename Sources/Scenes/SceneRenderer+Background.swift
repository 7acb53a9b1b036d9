extension SceneRenderer {
  /// Fills the whole canvas.
  func paint(_ background: SceneBackground, on canvas: UnsafeMutablePointer<Float>) {
    let side = Float(imageSize)
    let first = background.rgb
    let second = background.secondRGB
    let (axisX, axisY) = Self.axes[background.direction & 7]
    // The border of a two-tone background is smooth over a pixel, the squares' over two.
    let axisLength = (axisX * axisX + axisY * axisY).squareRoot()
    for row in 0..<imageSize {
      let y = (Float(row) + 0.5) / side - 0.5
      for column in 0..<imageSize {
        let x = (Float(column) + 0.5) / side - 0.5
        let part: Float
        switch background.kind {
        case .plain: part = 0
        case .gradient: part = (x * axisX + y * axisY) / (abs(axisX) + abs(axisY)) + 0.5
        case .twoTone: part = clamped((x * axisX + y * axisY) / axisLength * side + 0.5)
        case .vignette:
          let squared = 2 * (x * x + y * y)
          part = squared * squared
        case .checkered:
          let squares = Float(background.squares)
          let across = softSquare((x + 0.5) * squares, width: side / squares)
          let along = softSquare((y + 0.5) * squares, width: side / squares)
          part = across + along - 2 * across * along
        }
        let color = first.mixed(with: second, part)
        let pixel = canvas + (row * imageSize + column) * 3
        (pixel[0], pixel[1], pixel[2]) = (color.red, color.green, color.blue)
      }
    }
  }

  /// Zero and one by turns, a square each.
  private func softSquare(_ position: Float, width: Float) -> Float {
    let halves = position * 0.5 + 0.25
    let phase = halves - halves.rounded(.down)
    // A triangle wave in squares: above zero in the first of two.
    let wave = 0.5 - abs(phase * 2 - 1)
    return clamped(wave * width * 0.5 + 0.5)
  }

  private func clamped(_ value: Float) -> Float { min(max(value, 0), 1) }

  private static let axes: [(Float, Float)] = [
    (1, 0), (0, 1), (1, 1), (1, -1), (-1, 0), (0, -1), (-1, -1), (-1, 1),
  ]
}
