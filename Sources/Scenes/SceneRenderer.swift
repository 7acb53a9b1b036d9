import CLIPCompute
public import CLIPImages

/// Paints scenes as pictures.
///
/// Only additions, products, quotients, square roots and roundings of `Float`, which IEEE 754 defines to the
/// bit, in a fixed order: every machine paints the same bytes.
public struct SceneRenderer: Sendable {
  /// The rows and columns of the pictures.
  public let imageSize: Int

  /// - Parameter imageSize: rows and columns; at least 1
  public init(imageSize: Int) {
    precondition(imageSize > 0, "an image has at least one row")
    self.imageSize = imageSize
  }

  /// Paints the background, the objects in their order, and noise.
  /// - Returns: `[imageSize, imageSize, 3]`
  public func image(of scene: Scene) -> PixelImage {
    let count = imageSize * imageSize * 3
    let bytes = withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { canvas in
      guard let pixels = canvas.baseAddress else { return [UInt8]() }
      paint(scene.background, on: pixels)
      for object in scene.objects { paint(object, on: pixels) }
      return quantized(pixels, count: count, noise: scene.background.noise, seed: scene.noiseSeed)
    }
    return PixelImage(rows: imageSize, columns: imageSize, pixels: bytes)
  }

  /// Blends an object over the canvas: a pixel is covered in full where its center lies half a pixel inside
  /// the outline, not at all half a pixel outside.
  private func paint(_ object: SceneObject, on canvas: UnsafeMutablePointer<Float>) {
    let side = Float(imageSize)
    let field = DistanceField(object, side: side)
    let paint = TexturePaint(object, side: side)
    let reach = object.radius * side * SceneObject.cornerReach + 1
    let columns = pixelRange(around: object.x * side, reach: reach)
    let rows = pixelRange(around: object.y * side, reach: reach)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * imageSize) { scratch in
      guard let distances = scratch.baseAddress, !columns.isEmpty else { return }
      for row in rows {
        field.fill(distances, scratch: distances + imageSize, row: row, columns: columns)
        for column in columns {
          let coverage = min(max(0.5 - distances[column - columns.lowerBound], 0), 1)
          if coverage == 0 { continue }
          let color = paint.color(x: Float(column) + 0.5, y: Float(row) + 0.5)
          let pixel = canvas + (row * imageSize + column) * 3
          pixel[0] += (color.red - pixel[0]) * coverage
          pixel[1] += (color.green - pixel[1]) * coverage
          pixel[2] += (color.blue - pixel[2]) * coverage
        }
      }
    }
  }

  private func pixelRange(around center: Float, reach: Float) -> Range<Int> {
    let first = Int(onCanvas((center - reach).rounded(.down)))
    return first..<max(first, Int(onCanvas((center + reach).rounded(.up))))
  }

  /// The nearest position on the canvas; what is not a number goes to its beginning.
  private func onCanvas(_ position: Float) -> Float { position > 0 ? min(position, Float(imageSize)) : 0 }

  /// Adds noise and rounds to bytes.
  ///
  /// A random byte's two halves add up to a triangular distribution with standard deviation 6.52.
  private func quantized(
    _ canvas: UnsafePointer<Float>, count: Int, noise: Float, seed: UInt64
  ) -> [UInt8] {
    let amplitude = noise / 6.52
    let key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      var start = 0
      var counter: UInt32 = 0
      while start < count {
        let words = Philox.block(counter: (counter, 0, 0, 0), key: key)
        let low = UInt64(words.1) << 32 | UInt64(words.0)
        let high = UInt64(words.3) << 32 | UInt64(words.2)
        for offset in 0..<min(16, count - start) {
          let byte = (offset < 8 ? low >> UInt64(8 * offset) : high >> UInt64(8 * offset - 64)) & 0xFF
          let deviation = Float(Int32(truncatingIfNeeded: (byte & 15) &+ (byte >> 4)) &- 15)
          let value = canvas[start + offset] + deviation * amplitude
          bytes[start + offset] = UInt8((value > 0 ? min(value, 255) : 0) + 0.5)
        }
        start += 16
        counter &+= 1
      }
      filled = count
    }
  }
}
