internal import CLIPFiles

/// The paper's tables: arXiv 2505.01386 (CATransformers), facts only, in `data/paper`.
public struct PublishedTables: Equatable, Sendable {
  /// That one model emits less than another at the same or a better accuracy.
  public struct Claim: Equatable, Sendable {
    /// The greener model.
    public let model: FamilyMember
    /// The other.
    public let against: FamilyMember
    /// By how much, as the text says: a part of the other's carbon.
    public let less: Double
  }

  /// Tables 3 and 9, in their order.
  public let family: [FamilyMember]
  /// Table 2, in its order.
  public let searches: [HardwareSearch]
  /// What the text says.
  public let claims: [Claim]

  static let carbons = 0.001...1000.0
  static let milliseconds = 0.001...1e6
  static let megaparameters = 0.001...1e6

  /// Reads `family.csv`, `hardware-search.csv` and `claims.csv`.
  /// - Parameter folder: nil for `data/paper`, which comes with the toolkit
  /// - Throws: `InputError` naming file, line and column.
  public init(folder: String? = nil) throws {
    func path(_ name: String) throws -> String {
      try folder.map { "\($0)/\(name)" } ?? DataFolder.path("paper/\(name)")
    }
    let file = try path("family.csv")
    let rows = try FigureTable(file: file, columns: FamilyMember.columns).rows
    let family = try namingFile(file) { try rows.map(FamilyMember.init) }
    try namingFile(file) {
      for (index, member) in family.enumerated() where family[..<index].contains(where: { $0.name == member.name }) {
        throw InputError("\(member.name) stands twice", at: rows[index].place("name"))
      }
    }
    self.family = family
    let searchFile = try path("hardware-search.csv")
    searches = try namingFile(searchFile) {
      try FigureTable(file: searchFile, columns: HardwareSearch.columns).rows.map {
        try HardwareSearch($0, family: family)
      }
    }
    let claimFile = try path("claims.csv")
    claims = try namingFile(claimFile) {
      try FigureTable(file: claimFile, columns: ["model", "against", "less_carbon_percent"]).rows.map { row in
        func member(_ column: String) throws -> FamilyMember {
          let name = try row.text(column)
          if let member = family.first(where: { $0.name == name }) { return member }
          throw InputError(
            "unknown model \(name.quoted())", at: row.place(column),
            advice: Suggestion.advice(for: name, among: family.map(\.name)))
        }
        return Claim(
          model: try member("model"), against: try member("against"),
          less: try row.number("less_carbon_percent", in: 0...100) / 100)
      }
    }
  }
}
