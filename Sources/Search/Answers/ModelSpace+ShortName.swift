extension ModelSpace {
  /// `image 4/144/3/384, text 3/96/2/256`: layers, width, heads and MLP of both towers, where the space names them all; then
  /// the arithmetic, where there is a choice.
  public func shortName(_ point: [Int]) -> String {
    guard hasShortNames else { return name(point) }
    let sizes = Dictionary(uniqueKeysWithValues: sizes(point).map { ($0.name, $0.size) })
    let shape = [("vision", "image"), ("text", "text")].map { tower, label in
      let words = Self.shortAxes.compactMap { sizes["\(tower)-\($0)"] }
      return "\(label) \(words.map(String.init).joined(separator: "/"))"
    }
    return (shape + (arithmetic(point).map { [$0.description] } ?? [])).joined(separator: ", ")
  }

  /// Whether the space names the four axes of both towers and nothing else.
  package var hasShortNames: Bool {
    Set(sizes(largestPoint).map(\.name)).subtracting([Self.arithmeticName])
      == Set(Self.shortAxes.flatMap { ["vision-\($0)", "text-\($0)"] })
  }

  private static let shortAxes = ["layers", "width", "heads", "mlp"]
}
