/// Signed distances from pixel centers to an object's outline, in pixels, negative inside; a row at a time.
struct DistanceField {
  private let geometry: ShapeGeometry
  private let centerX: Float, centerY: Float
  private let radius: Float
  private let cosine: Float, sine: Float

  /// - Parameter side: the image's side in pixels
  init(_ object: SceneObject, side: Float) {
    geometry = ShapeGeometry.all[object.shape.index]
    (centerX, centerY, radius) = (object.x * side, object.y * side, object.radius * side)
    (cosine, sine) = object.rotation
  }

  /// Fills `distances` for the pixels of one row.
  /// - Parameters:
  ///   - distances, scratch: room for `columns.count` values each
  func fill(
    _ distances: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, row: Int,
    columns: Range<Int>
  ) {
    let x = Float(columns.lowerBound) + 0.5 - centerX
    let y = Float(row) + 0.5 - centerY
    for (number, part) in geometry.parts.enumerated() {
      let target = number == 0 ? distances : scratch
      target.update(repeating: -.greatestFiniteMagnitude, count: columns.count)
      for region in part { intersect(target, columns.count, with: region, x: x, y: y) }
      guard number > 0 else { continue }
      for index in 0..<columns.count where scratch[index] < distances[index] {
        distances[index] = scratch[index]
      }
    }
  }

  /// Takes the larger of what stands in `target` and the distance to a region, for a row that begins at (`x`,
  /// `y`) from the object's center.
  private func intersect(
    _ target: UnsafeMutablePointer<Float>, _ count: Int, with region: ShapeGeometry.Region, x: Float, y: Float
  ) {
    switch region {
    case .halfPlane(let localX, let localY, let offset):
      let normalX = cosine * localX - sine * localY
      let normalY = sine * localX + cosine * localY
      let start = normalX * x + normalY * y - offset * radius
      for index in 0..<count {
        let distance = start + normalX * Float(Int32(truncatingIfNeeded: index))
        target[index] = distance > target[index] ? distance : target[index]
      }
    case .disk(let localX, let localY, let diskRadius):
      intersect(target, count, diskX: localX, diskY: localY, diskRadius, sign: 1, x: x, y: y)
    case .outsideDisk(let localX, let localY, let diskRadius):
      intersect(target, count, diskX: localX, diskY: localY, diskRadius, sign: -1, x: x, y: y)
    case .ellipse(let halfWidth, let halfHeight):
      // The implicit function k0 (k0 - 1) over the length of its gradient: exact to first order at the
      // outline.
      let inverseWidth = 1 / (halfWidth * radius)
      let inverseHeight = 1 / (halfHeight * radius)
      for index in 0..<count {
        let dx = x + Float(Int32(truncatingIfNeeded: index))
        let across = (cosine * dx + sine * y) * inverseWidth
        let along = (cosine * y - sine * dx) * inverseHeight
        let k0 = (across * across + along * along).squareRoot()
        let gradientX = across * inverseWidth
        let gradientY = along * inverseHeight
        let k1 = (gradientX * gradientX + gradientY * gradientY).squareRoot()
        let distance = k0 * (k0 - 1) / max(k1, 1e-6)
        target[index] = distance > target[index] ? distance : target[index]
      }
    }
  }

  private func intersect(
    _ target: UnsafeMutablePointer<Float>, _ count: Int, diskX: Float, diskY: Float, _ diskRadius: Float,
    sign: Float, x: Float, y: Float
  ) {
    let startX = x - (cosine * diskX - sine * diskY) * radius
    let dy = y - (sine * diskX + cosine * diskY) * radius
    for index in 0..<count {
      let dx = startX + Float(Int32(truncatingIfNeeded: index))
      let distance = sign * ((dx * dx + dy * dy).squareRoot() - diskRadius * radius)
      target[index] = distance > target[index] ? distance : target[index]
    }
  }
}

extension SceneObject {
  /// Cosine and sine of the object's angle, from the tangent of its half: no library function, so no rounding
  /// that differs between machines.
  var rotation: (cosine: Float, sine: Float) {
    let scale = 1 / (1 + tilt * tilt)
    return ((1 - tilt * tilt) * scale, 2 * tilt * scale)
  }
}
