internal import CLIPAccelerators

/// Boxes of designs that wait to be halved or priced, the most promising first; a binary heap.
struct BoundQueue: Sendable {
  struct Entry: Sendable {
    /// What is least comes first.
    let promise: Double
    /// The least number of the box's designs: of equal promises the first comes first.
    let first: Int
    let box: SpaceFloors.Box
    let values: FloorRating.Values

    fileprivate func stands(before other: Entry) -> Bool { (promise, first) < (other.promise, other.first) }
  }

  private var entries: [Entry] = []

  var count: Int { entries.count }

  mutating func push(_ entry: Entry) {
    entries.append(entry)
    var place = entries.count - 1
    while place > 0 {
      let parent = (place - 1) / 2
      guard entries[place].stands(before: entries[parent]) else { return }
      entries.swapAt(place, parent)
      place = parent
    }
  }

  /// The most promising.
  mutating func pop() -> Entry? {
    guard let last = entries.popLast() else { return nil }
    guard let top = entries.first else { return last }
    entries[0] = last
    var place = 0
    while true {
      let left = 2 * place + 1, right = left + 1
      guard left < entries.count else { return top }
      let child = right < entries.count && entries[right].stands(before: entries[left]) ? right : left
      guard entries[child].stands(before: entries[place]) else { return top }
      entries.swapAt(place, child)
      place = child
    }
  }

  /// One that promises little, at no cost: for a queue that has grown too long.
  mutating func popLast() -> Entry? { entries.popLast() }
}
