internal import CLIPSystem

/// What the threads of a pool found, each in its place.
final class Results: Sendable {
  private let values: Lock<[[Double]]>

  init(count: Int) { values = Lock(Array(repeating: [], count: count)) }

  func set(_ index: Int, _ value: [Double]) { values.withLock { $0[index] = value } }

  var all: [[Double]] { values.withLock { $0 } }
}
