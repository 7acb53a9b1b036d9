import CLIPFiles
public import CLIPModelShapes

/// How small a model shall become when its shape is not given.
public struct Budget: Equatable, Sendable {
  /// Refuses what no shape of a model reaches, before anything is ranked, which takes minutes.
  /// - Parameter dense: all its layers stay
  /// - Throws: `InputError` naming the least that can be reached.
  public func checkReach(of dense: CLIPConfiguration) throws {
    _ = try ModelSensitivity(unmeasured: dense).shape(
      within: self, ShapeRequest(), from: dense, Importance(zerosFor: dense), of: dense, loadable: false)
  }

  /// What is counted.
  public enum Kind: String, Sendable {
    /// Multiply-adds of one picture and one text.
    case macs
    /// Multiply-adds of one picture: what counts where texts are encoded once and kept.
    case imageMacs = "image_macs"
    /// Numbers in all parameters.
    case parameters

    /// What a shape costs.
    public func cost(_ model: CLIPConfiguration) -> Int {
      switch self {
      case .macs: model.imageMultiplyAdds + model.textMultiplyAdds
      case .imageMacs: model.imageMultiplyAdds
      case .parameters: model.parameterCount
      }
    }

    /// The flag that names it.
    var flag: String {
      switch self {
      case .macs: "--target-macs"
      case .imageMacs: "--target-image-macs"
      case .parameters: "--target-params"
      }
    }
  }

  /// What ``limit`` counts.
  public let kind: Kind
  /// The most that the pruned model may cost.
  public let limit: Int

  /// A limit of its parts.
  public init(_ kind: Kind, limit: Int) {
    self.kind = kind
    self.limit = limit
  }

  /// A share of the dense model such as `50%`, or a number such as `1.5G`, `800M` or `3500k`.
  /// - Throws: ``InputError`` naming the flag when it is neither, or not below what the model costs.
  public init(_ kind: Kind, parsing text: String, of dense: CLIPConfiguration) throws {
    let whole = kind.cost(dense), trimmed = text.filter { $0 != " " }
    func refuse(_ problem: String) -> InputError {
      InputError(
        "\(kind.flag) \(problem), found \(text.quoted())",
        advice: "give a share such as 50%, or a number such as 1.5G or 800M")
    }
    let units: [(Character, Double)] = [("%", Double(whole) / 100), ("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9)]
    let unit = units.first { $0.0 == trimmed.last }
    guard let number = Double(unit == nil ? trimmed : String(trimmed.dropLast())), number.isFinite, number > 0 else {
      throw refuse("takes a share or a number")
    }
    let limit = number * (unit?.1 ?? 1)
    guard limit <= Double(whole) else { throw refuse("must be at most what the model has, \(whole)") }
    guard limit >= 1 else { throw refuse("must be above 0") }
    self.init(kind, limit: Int(limit.rounded()))
  }
}
