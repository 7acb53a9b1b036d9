internal import Synchronization

/// What the threads of a pool found, each in its place.
final class Results: Sendable {
  private let values: Mutex<[[Double]]>

  init(count: Int) { values = Mutex(Array(repeating: [], count: count)) }

  func set(_ index: Int, _ value: [Double]) { values.withLock { $0[index] = value } }

  var all: [[Double]] { values.withLock { $0 } }
}
