/// How a search chooses its next points.
public protocol SearchStrategy: Sendable {
  /// As recipes and reports name it.
  var name: String { get }

  /// The next points to try: a pure function of the strategy's seed and of the arguments, whatever the observations' order.
  /// - Parameters:
  ///   - count: how many, for as many workers
  ///   - observations: all trials told so far, failed ones too
  ///   - pending: points that workers still try
  /// - Returns: `count` different points, none observed or pending; fewer only where the lattice has no others.
  /// - Throws: `InputError` for observations that cannot be used.
  func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) throws -> [[Int]]
}
