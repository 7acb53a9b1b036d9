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
  }

  /// What the heap moves: entries themselves are ten times as large and stay where they are.
  private struct Place {
    let promise: Double
    let first: Int, entry: Int

    func stands(before other: Place) -> Bool { (promise, first) < (other.promise, other.first) }
  }

  private var heap: [Place] = []
  private var entries: [Entry] = []
  /// Places of entries that were taken.
  private var free: [Int] = []

  var count: Int { heap.count }

  mutating func push(_ entry: Entry) {
    let slot: Int
    if let last = free.popLast() {
      slot = last
      entries[slot] = entry
    } else {
      slot = entries.count
      entries.append(entry)
    }
    heap.append(Place(promise: entry.promise, first: entry.first, entry: slot))
    var place = heap.count - 1
    while place > 0 {
      let parent = (place - 1) / 2
      guard heap[place].stands(before: heap[parent]) else { return }
      heap.swapAt(place, parent)
      place = parent
    }
  }

  /// The most promising.
  mutating func pop() -> Entry? {
    guard let last = heap.popLast() else { return nil }
    guard let top = heap.first else { return taken(last) }
    heap[0] = last
    var place = 0
    while true {
      let left = 2 * place + 1, right = left + 1
      guard left < heap.count else { break }
      let child = right < heap.count && heap[right].stands(before: heap[left]) ? right : left
      guard heap[child].stands(before: heap[place]) else { break }
      heap.swapAt(place, child)
      place = child
    }
    return taken(top)
  }

  /// One that promises little, at no cost: for a queue that has grown too long.
  mutating func popLast() -> Entry? { heap.popLast().map { taken($0) } }

  private mutating func taken(_ place: Place) -> Entry {
    free.append(place.entry)
    return entries[place.entry]
  }
}
