/// The axes of a space, sorted into what they decide.
struct SpaceAxes: Sendable {
  typealias Setting = (knob: AcceleratorDesign.Knob, value: KnobValue)

  private static let shape: Set<String> = ["clusters", "width", "depth"]
  private static let l2: Set<String> = ["l2", "l2-bandwidth", "l2-ports"]
  private static let buffer: Set<String> = ["buffer", "buffer-bandwidth", "buffer-ports", "dram-bandwidth"]

  /// The parts of a design's number that each sort decides, one for each combination of its values.
  let shapes: [Int], l2s: [Int], buffers: [Int], outers: [Int]
  /// The largest value of each of L2's, and of the buffer's, axes.
  let largestL2: [Setting], largestBuffer: [Setting]
  /// The most clusters.
  let mostClusters: Int

  init(_ space: DesignSpace) {
    var sorts: [[(size: Int, stride: Int)]] = [[], [], [], []]
    var largest: [[Setting]] = [[], [], [], []], clusters = 1
    var stride = space.count
    for (knob, choice) in zip(AcceleratorDesign.knobs, space.choices) {
      stride /= choice.values.count
      let sort =
        Self.shape.contains(knob.key) ? 0 : Self.l2.contains(knob.key) ? 1 : Self.buffer.contains(knob.key) ? 2 : 3
      sorts[sort].append((choice.values.count, stride))
      let wholes = choice.values.compactMap { if case .whole(let value) = $0 { value } else { nil } }
      guard let most = wholes.max() else { continue }
      largest[sort].append((knob, .whole(most)))
      if knob.key == "clusters" { clusters = most }
    }
    let offsets = sorts.map { axes in
      axes.reduce([0]) { parts, axis in
        parts.flatMap { part in (0..<axis.size).map { part + $0 * axis.stride } }
      }
    }
    (shapes, l2s, buffers, outers) = (offsets[0], offsets[1], offsets[2], offsets[3])
    (largestL2, largestBuffer, mostClusters) = (largest[1], largest[2], clusters)
  }

  /// The design with the largest of what is asked for.
  func largest(_ design: AcceleratorDesign, l2: Bool, buffer: Bool) -> AcceleratorDesign {
    var design = design
    if l2 { for (knob, value) in largestL2 { knob.set(value, in: &design) } }
    if buffer { for (knob, value) in largestBuffer { knob.set(value, in: &design) } }
    return design
  }
}
