import CLIPSystem

/// Results of numbered chunks, gathered in their order.
final class Gathered<Value: Sendable>: Sendable {
  private let values: Lock<[Int: Value]> = Lock([:])
  private let count: Int

  init(count: Int) { self.count = count }

  func set(_ index: Int, _ value: Value) { values.withLock { $0[index] = value } }
  var all: [Value] { values.withLock { values in (0..<count).compactMap { values[$0] } } }
}
