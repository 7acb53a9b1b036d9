/// The axes of a space, sorted into what they decide.
struct SpaceAxes: Sendable {
  private static let shapeKeys: Set<String> = ["clusters", "width", "depth"]
  private static let l2Keys: Set<String> = ["l2", "l2-bandwidth", "l2-ports"]
  private static let bufferKeys: Set<String> = ["buffer", "buffer-bandwidth", "buffer-ports", "dram-bandwidth"]

  /// The parts of a design's number that the arrays' shape, and all that is neither array nor memory, decide: one for each
  /// combination of values.
  let shapes: [Int], outers: [Int]
  let l2: MemoryTree, buffer: MemoryTree
  /// Every number of clusters.
  let clusters: [Int]

  /// - Parameter isMade: of a design with one combination of the axes that decide neither arrays nor memories: whether there are
  ///   such ones
  init(_ space: DesignSpace, where isMade: (AcceleratorDesign) throws -> Bool = { _ in true }) rethrows {
    var shapes = [0], outers = [0], l2: [MemoryTree.Axis] = [], buffer: [MemoryTree.Axis] = [], clusters: [Int] = []
    var stride = space.count
    for (knob, choice) in zip(AcceleratorDesign.knobs, space.choices) {
      stride /= choice.values.count
      let offsets = choice.values.indices.map { $0 * stride }
      let wholes = choice.values.map { if case .whole(let value) = $0 { value } else { 0 } }
      if knob.key == "clusters" { clusters = wholes }
      let axis = MemoryTree.Axis(
        key: knob.key, values: zip(wholes, offsets).sorted { $0.0 < $1.0 }.map { (value: $0.0, offset: $0.1) })
      switch knob.key {
      case _ where Self.shapeKeys.contains(knob.key): shapes = shapes.flatMap { part in offsets.map { part + $0 } }
      case _ where Self.l2Keys.contains(knob.key): l2.append(axis)
      case _ where Self.bufferKeys.contains(knob.key): buffer.append(axis)
      default: outers = outers.flatMap { part in offsets.map { part + $0 } }
      }
    }
    (self.shapes, self.clusters) = (shapes, clusters)
    self.outers = try outers.filter { try isMade(space[$0]) }
    self.l2 = MemoryTree(l2, sizeKey: "l2")
    self.buffer = MemoryTree(buffer, sizeKey: "buffer")
  }
}
