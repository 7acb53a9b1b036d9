/// The combinations of a memory's axes, halved again and again: what a search by bounds goes down.
///
/// A node stands for the values between two ends of every axis, in ascending order; its bound is that of a memory with the best
/// of every part.
struct MemoryTree: Sendable {
  struct Node: Sendable {
    /// The halves, the smaller values first; nil for one combination.
    var halves: (Int, Int)?
    /// The number in ``combinations`` of the only one, or of any.
    var combination: Int
    /// The least part of a design's number.
    var first: Int
    /// Which of ``sizes`` is the largest, and the largest of the axes that decide no size; 0 where there are none.
    var size: Int
    var ports: Int, memoryBytesPerCycle: Int
    /// How many combinations.
    var count: Int
  }

  /// Children stand after their parents.
  private(set) var nodes: [Node] = []
  /// Where a search begins: memories of no size stand apart, for a chip without L2 has other ways.
  private(set) var roots: [Int] = []
  /// The parts of a design's number, one for each combination.
  private(set) var combinations: [Int] = []
  /// The sizes in KB, ascending.
  let sizes: [Int]

  /// One axis: the values' part of a design's number, and what they are.
  struct Axis: Sendable {
    let key: String
    /// Ascending by value.
    let values: [(value: Int, offset: Int)]
  }

  private let axes: [Axis]

  /// - Parameter sizeKey: the axis that decides the size
  init(_ axes: [Axis], sizeKey: String) {
    self.axes = axes
    sizes = axes.first { $0.key == sizeKey }?.values.map(\.value) ?? [0]
    let whole = axes.map { 0..<$0.values.count }
    guard let place = axes.firstIndex(where: { $0.key == sizeKey }), axes[place].values[0].value == 0 else {
      roots = [grow(whole, sizeKey)]
      return
    }
    var none = whole
    none[place] = 0..<1
    roots.append(grow(none, sizeKey))
    if axes[place].values.count > 1 {
      var some = whole
      some[place] = 1..<axes[place].values.count
      roots.append(grow(some, sizeKey))
    }
  }

  private mutating func grow(_ ranges: [Range<Int>], _ sizeKey: String) -> Int {
    func largest(_ key: String) -> Int? {
      axes.firstIndex { $0.key == key }.map { axes[$0].values[ranges[$0].upperBound - 1].value }
    }
    let place = nodes.count
    var first = 0, size = 0
    for (axis, range) in zip(axes, ranges) {
      first += axis.values[range].map(\.offset).min() ?? 0
      if axis.key == sizeKey { size = range.upperBound - 1 }
    }
    nodes.append(
      Node(
        halves: nil, combination: 0, first: first, size: size,
        ports: largest("l2-ports") ?? largest("buffer-ports") ?? 2,
        memoryBytesPerCycle: largest("dram-bandwidth") ?? 0, count: ranges.reduce(1) { $0 * $1.count }))
    // The size decides most, so among axes of like length it is halved first.
    let lengths = zip(axes, ranges).map { axis, range in range.count * (axis.key == sizeKey ? 2 : 1) - 1 }
    guard nodes[place].count > 1,
      let axis = lengths.indices.filter({ ranges[$0].count > 1 }).max(by: {
        lengths[$0] < lengths[$1]
      })
    else {
      nodes[place].combination = combinations.count
      combinations.append(first)
      return place
    }
    let middle = ranges[axis].lowerBound + ranges[axis].count / 2
    var low = ranges, high = ranges
    low[axis] = ranges[axis].lowerBound..<middle
    high[axis] = middle..<ranges[axis].upperBound
    nodes[place].combination = combinations.count
    let halves = (grow(low, sizeKey), grow(high, sizeKey))
    nodes[place].halves = halves
    return place
  }

  /// What is known of every node, from what is known of every combination.
  func gathered<Value>(_ one: (_ combination: Int) throws -> Value, _ join: (Value, Value) -> Value) rethrows -> [Value]
  {
    var values = [Value?](repeating: nil, count: nodes.count)
    for place in nodes.indices.reversed() {
      guard let (low, high) = nodes[place].halves else {
        values[place] = try one(nodes[place].combination)
        continue
      }
      if let low = values[low], let high = values[high] { values[place] = join(low, high) }
    }
    return values.compactMap { $0 }
  }
}
