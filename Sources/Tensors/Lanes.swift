public import CLIPCompute

/// How an operator's work is spread: over the pool's threads, or all on the calling thread.
///
/// A large batch is cut into groups of sequences and each group runs through the whole tower on one thread
/// (``single``): its activations stay in that core's cache and threads never wait for one another. A small batch has
/// too few groups, so there every operator is cut instead (``pooled(_:)``). Either cut depends on shapes only, never
/// on the number of threads.
public struct Lanes: Sendable {
  private let pool: ThreadPool?
  /// What products are computed in.
  package let products: ProductArithmetic
  /// How what they take in is rounded before, in a training pass; nil for not at all.
  package var rounding: (any OperandRounding)?

  /// All work on the calling thread.
  public static let single = Lanes(pool: nil, products: .float32)

  /// All work on the calling thread, products in an arithmetic.
  package static func single(_ products: ProductArithmetic) -> Lanes { Lanes(pool: nil, products: products) }

  /// Every operator spread over the pool.
  public static func pooled(_ pool: ThreadPool, in products: ProductArithmetic = .float32) -> Lanes {
    Lanes(pool: pool, products: products)
  }

  /// Whether operators are spread over a pool, of however few threads: what cuts depend on, as `workers` must not.
  public var isPooled: Bool { pool != nil }

  /// How many workers may call `forEach`'s body at once.
  public var workers: Int { pool?.threads ?? 1 }

  /// Calls `body` for each of `count` independent tasks with the number of the worker that does it.
  public func forEach(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    if let pool {
      pool.forEach(count, body)
    } else {
      for task in 0..<count { body(task, 0) }
    }
  }

  /// Cuts `0..<count` into ranges of about `wanted` but never under `minimum`; on a single lane it stays whole.
  ///
  /// The number of ranges is even, so that two equal cores finish together.
  public func forRanges(of count: Int, per wanted: Int, minimum: Int, _ body: (Range<Int>) -> Void) {
    guard let pool, count >= 2 * minimum else {
      if count > 0 { body(0..<count) }
      return
    }
    let parts = max(2, count / wanted / 2 * 2)
    pool.forEach(parts) { part in body(count * part / parts..<count * (part + 1) / parts) }
  }
}
