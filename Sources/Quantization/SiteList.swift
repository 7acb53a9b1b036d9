/// The places where activations become 8-bit, by name: the parameter that reads them, or the product that they enter.
struct SiteList: Sendable {
  private(set) var names: [String] = []

  mutating func add(_ name: String) -> Int {
    names.append(name)
    return names.count - 1
  }
}
