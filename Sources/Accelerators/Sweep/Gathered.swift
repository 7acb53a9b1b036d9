import CLIPSystem

/// Results of numbered chunks, gathered in their order.
package final class Gathered<Value: Sendable>: Sendable {
  private let values: Lock<[Int: Value]> = Lock([:])
  private let count: Int

  package init(count: Int) { self.count = count }

  package func set(_ index: Int, _ value: Value) { values.withLock { $0[index] = value } }
  package var all: [Value] { values.withLock { values in (0..<count).compactMap { values[$0] } } }
}
