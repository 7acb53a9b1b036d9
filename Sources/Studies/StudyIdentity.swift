public import CLIPFiles

/// What a study belongs to: whoever goes on with it must ask the same.
public struct StudyIdentity: Equatable, Sendable {
  /// The recipe as plain data.
  public let recipe: JSONValue
  /// The program's version when the study began.
  public let codeVersion: String
  /// A fingerprint of base model and data. Studies of earlier versions hold one that cannot be compared: they are gone on
  /// with where recipe and data are the same.
  public let dataFingerprint: String

  /// What fingerprints begin with; its number counts their definitions.
  public static let fingerprintVersion = "s2-"
  /// Machine, processor, threads: for whoever wonders about times.
  public let environment: JSONObject

  /// An identity of its parts.
  public init(recipe: JSONValue, codeVersion: String, dataFingerprint: String, environment: JSONObject = JSONObject()) {
    self.recipe = recipe
    self.codeVersion = codeVersion
    self.dataFingerprint = dataFingerprint
    self.environment = environment
  }

  /// The keys in which another recipe differs; budgets may grow, so they do not count.
  func differences(from other: StudyIdentity) -> [String] {
    Self.differences(recipe, other.recipe, at: "").sorted() + (hasSameFingerprint(as: other) ? [] : ["the base model"])
  }

  /// The same among some of the recipe's keys, such as those in which two searches that are compared must agree.
  public func differences(from other: StudyIdentity, in keys: Set<String>) -> [String] {
    Self.differences(recipe, other.recipe, at: "").filter { path in
      path.split(separator: ".").first.map { keys.contains(String($0)) } ?? false
    }.sorted() + (hasSameFingerprint(as: other) ? [] : ["the base model or its data"])
  }

  /// Whether nothing tells if another session has the base model that the study began with: an earlier version's
  /// fingerprint cannot be compared.
  public var isOfEarlierVersion: Bool { !dataFingerprint.hasPrefix(Self.fingerprintVersion) }

  private func hasSameFingerprint(as other: StudyIdentity) -> Bool {
    let versions = [dataFingerprint, other.dataFingerprint].map { $0.hasPrefix(Self.fingerprintVersion) }
    return dataFingerprint == other.dataFingerprint || versions[0] != versions[1]
  }

  /// Keys that another session may change: what they say is kept in the study itself or changes no result.
  static let free: Set<String> = ["trials", "time", "name", "test-data", "seeds"]

  private static func differences(_ a: JSONValue, _ b: JSONValue, at path: String) -> [String] {
    guard let x = a.objectValue, let y = b.objectValue else {
      // A path may be written from another folder; the fingerprint tells whether it is the same model and data.
      if let x = a.stringValue, let y = b.stringValue, FilePlaces.agree(x, y) { return [] }
      return a == b ? [] : [path]
    }
    let keys = Set(x.pairs.map(\.key)).union(y.pairs.map(\.key))
    return keys.flatMap { key -> [String] in
      let place = path.isEmpty ? key : "\(path).\(key)"
      if path.isEmpty, free.contains(key) { return [] }
      guard let one = x[key], let other = y[key] else { return [place] }
      return differences(one, other, at: place)
    }
  }
}
