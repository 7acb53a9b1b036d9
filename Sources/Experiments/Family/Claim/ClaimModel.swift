public import CLIPAssessment
internal import CLIPFiles

/// A compared model of a claim: one training in one arithmetic, and which pictures it gets right.
public struct ClaimModel: Sendable {
  /// Where it comes from.
  public enum Kind: Equatable, Sendable {
    /// Chosen from the search's front.
    case member
    /// A rival of kind 1: made by a rule, without a search.
    case simple
    /// The base model, as it is; a rival of kind 1, too.
    case whole
    /// A rival of kind 2: found by a search of another rule.
    case searched(rule: String)

    /// Whether it is a rival of kind 1.
    public var isRival: Bool { self == .simple || self == .whole }
  }

  /// What was trained: all models of one training have the same seeds.
  public let training: String
  /// The arithmetic, such as `w4a8-g64`.
  public let arithmetic: String
  /// Where it comes from.
  public let kind: Kind
  /// What its chip is chosen by.
  public let chip: Metric
  /// Accuracy on the search's validation data, mean over seeds, 0 to 1.
  public let validation: Double
  /// Of each set and each seed, whether each picture's class is guessed: `[sets][seeds][pictures]`.
  public let right: [[[Bool]]]

  /// A model of its parts.
  public init(
    _ training: String, _ kind: Kind, arithmetic: String = "int8", chip: Metric = .carbon, validation: Double = 0,
    right: [[[Bool]]]
  ) {
    self.training = training
    self.arithmetic = arithmetic
    self.kind = kind
    self.chip = chip
    self.validation = validation
    self.right = right
  }

  /// How many seeds.
  public var seeds: Int { right.first?.count ?? 0 }

  /// `uniform-1/2 in w4a8-g64`.
  public var name: String { "\(title) in \(arithmetic)" }

  /// What tables call it.
  package var title: String {
    switch kind {
    case .member: training.uppercased()
    case .whole: "the base model"
    case .simple, .searched: training
    }
  }

  /// The share of pictures that it gets right on a set, mean over seeds, 0 to 1.
  public func accuracy(on set: Int) -> Double {
    let seeds = right[set]
    let found = seeds.reduce(0) { $0 + $1.reduce(0) { $0 + ($1 ? 1 : 0) } }
    return Double(found) / Double(seeds.count * (seeds.first?.count ?? 1))
  }

  /// The mean over the sets, all of which count alike.
  public var accuracy: Double { right.indices.reduce(0) { $0 + accuracy(on: $1) } / Double(right.count) }

  /// Refuses models that cannot be drawn together.
  /// - Throws: `InputError` where sets or pictures differ, or where one training has several numbers of seeds.
  static func check(_ models: [ClaimModel]) throws {
    guard let first = models.first, !first.right.isEmpty else {
      throw InputError("a claim needs models with guesses on one set or more", advice: "train the family first")
    }
    let pictures = first.right.map { $0.first?.count ?? 0 }
    var seeds: [String: Int] = [:]
    for model in models {
      guard model.right.map({ $0.first?.count ?? 0 }) == pictures, pictures.allSatisfy({ $0 > 0 }),
        zip(model.right, pictures).allSatisfy({ seeds, count in seeds.allSatisfy { $0.count == count } })
      else {
        throw InputError("\(model.name) was measured on other pictures than \(first.name)", advice: "measure it again")
      }
      guard model.right.allSatisfy({ $0.count == model.seeds }), seeds[model.training] ?? model.seeds == model.seeds
      else {
        throw InputError(
          "\(model.name) has not as many seeds as the same training elsewhere", advice: "measure what is lacking")
      }
      seeds[model.training] = model.seeds
    }
  }
}
