import CLIPCompute

/// Chooses sizes and places such that something true and clear can be said about them.
enum SceneLayout {
  /// Free space between objects and towards the border, in parts of the side.
  private static let gap: Float = 0.025

  /// Sets size, radius and center of every object; may reorder them into the order of painting.
  ///
  /// Objects lie apart, but for one pair in some scenes: one inside the other or in front of it.
  static func place(_ objects: inout [SceneObject], _ random: inout Philox) {
    random.shuffle(&objects)
    var pairing: Pairing = .apart
    if objects.count > 1, objects[0].color != objects[1].color {
      let draw = random.integer(below: 100)
      if draw < 34, objects[0].shape.innerRadius != nil { pairing = .inside }
      if pairing == .apart, draw >= 72, objects[0].shape.isSolid { pairing = .inFront }
    }
    while true {
      chooseSizes(&objects, pairing, &random)
      for _ in 0..<24 where tryPlaces(&objects, pairing, &random) { return }
    }
  }

  private enum Pairing {
    case apart, inside, inFront
  }

  private static func chooseSizes(_ objects: inout [SceneObject], _ pairing: Pairing, _ random: inout Philox) {
    // Three large objects leave little room: the more objects, the fewer of them large.
    let largeIn100 = objects.count == 3 ? 38 : 50
    for index in objects.indices {
      let isLarge = random.integer(below: 100) < largeIn100
      objects[index].size = isLarge ? .large : .small
      objects[index].radius = random.uniform(in: isLarge ? 0.19..<0.225 : 0.115..<0.138)
    }
    switch pairing {
    case .apart: break
    case .inside:
      objects[0].size = .large
      objects[0].radius = random.uniform(in: objects.count == 3 ? 0.26..<0.3 : 0.27..<0.34)
      objects[1].size = .small
      objects[1].radius = random.uniform(in: 0.1..<0.118)
    case .inFront:
      objects[0].size = .large
      objects[0].radius = random.uniform(in: 0.2..<0.24)
      objects[1].size = .small
      objects[1].radius = random.uniform(in: 0.115..<0.13)
    }
  }

  /// One throw of the places; false when objects are too close.
  private static func tryPlaces(
    _ objects: inout [SceneObject], _ pairing: Pairing, _ random: inout Philox
  ) -> Bool {
    for index in objects.indices {
      if index == 1, pairing != .apart {
        placePartner(&objects[1], of: objects[0], pairing, &random)
        guard isOnCanvas(objects[1]) else { return false }
        if pairing == .inside && !objects[1].isInside(objects[0]) { return false }
        continue
      }
      let margin = objects[index].radius + gap
      objects[index].x = random.uniform(in: margin..<1 - margin)
      objects[index].y = random.uniform(in: margin..<1 - margin)
      for other in 0..<index where !objects[index].isApart(from: objects[other], gap: gap) { return false }
    }
    return true
  }

  private static func isOnCanvas(_ object: SceneObject) -> Bool {
    let margin = object.radius + gap
    return min(object.x, object.y) >= margin && max(object.x, object.y) <= 1 - margin
  }

  /// Inside: near the center. In front: a fixed way off it, so that both outlines show.
  private static func placePartner(
    _ partner: inout SceneObject, of object: SceneObject, _ pairing: Pairing, _ random: inout Philox
  ) {
    if pairing == .inside {
      partner.x = object.x + random.uniform(in: -0.04..<0.04)
      partner.y = object.y + random.uniform(in: -0.04..<0.04)
    } else {
      // The partner's center lies inside the other's outline, its far side outside.
      let steps: [(Float, Float)] = [
        (0.48, 0.48), (0.48, -0.48), (-0.48, 0.48), (-0.48, -0.48), (0.66, 0), (-0.66, 0), (0, 0.66),
        (0, -0.66),
      ]
      let (stepX, stepY) = steps[random.integer(below: steps.count)]
      partner.x = object.x + stepX * object.radius
      partner.y = object.y + stepY * object.radius
    }
  }
}
