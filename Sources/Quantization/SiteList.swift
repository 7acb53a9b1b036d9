/// The places where activations become 8-bit, by name: the parameter that reads them, or the product that they enter.
struct SiteList: Sendable {
  private(set) var names: [String] = []
  private(set) var uses: [Use] = []

  /// What reads the numbers, which says how many bits they have.
  enum Use: Sendable {
    /// A product, beside weights or keys and values.
    case left
    /// A product, where weights stand: keys and values.
    case right
    /// What stands between products.
    case between
  }

  mutating func add(_ name: String, _ use: Use = .left) -> Int {
    names.append(name)
    uses.append(use)
    return names.count - 1
  }
}
