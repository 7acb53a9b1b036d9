public import CLIPAccelerators
public import CLIPAssessment
public import CLIPCarbonFootprint
internal import CLIPModelShapes
internal import CLIPUnits

/// What a model on an accelerator is priced with: a cost model and a scenario.
public struct Setup: Sendable {
  /// What files call it, such as `reference-published`.
  public let key: String
  /// What tables call it.
  public let title: String
  /// Prices in it.
  public let assessor: Assessor

  /// Where and how the chip is made and used.
  public var scenario: Scenario { assessor.scenario }

  init(_ key: String, _ title: String, _ assessor: Assessor) {
    self.key = key
    self.title = title
    self.assessor = assessor
  }

  /// A model on an accelerator.
  /// - Throws: `InputError` for what cannot be priced.
  func price(_ model: CLIPConfiguration, on design: AcceleratorDesign) throws -> PricedModel {
    PricedModel(design, try assessor.assess(model, on: design, named: design.description).carbon)
  }
}

/// The set-ups in which every model of the paper is priced on its printed accelerator.
public struct Setups: Sendable {
  /// What the paper states: one inference a second, six hours a day, three years, in California.
  public let referenceStated: Setup
  /// What its code takes where nothing is said: 30 million inferences, in British Columbia.
  public let referenceDefault: Setup
  /// What its printed tables were computed with, by all we can tell: 30 million inferences, in California.
  public let referencePublished: Setup
  /// The same with the physical cost model.
  public let physicalPublished: Setup
  /// The physical cost model in the standard scenario: LPDDR4 sized to the model, the world's grid.
  public let physicalEdge: Setup

  /// All, in the order in which they are shown.
  public var all: [Setup] { [referenceStated, referenceDefault, referencePublished, physicalPublished, physicalEdge] }

  /// - Throws: `InputError` where the toolkit's own figures cannot be read.
  public init() throws {
    // One assessor for each cost model: what it remembers of mappings serves all of its set-ups.
    let reference = try Assessor(.reference, in: .named("paper")), published = try Scenario.named("published")
    let physical = try Assessor(.physical, in: published)
    referenceStated = Setup("reference-stated", "reference, as stated", reference)
    referenceDefault = try Setup(
      "reference-default", "reference, code's default", reference.moved(to: .named("reference")))
    referencePublished = Setup("reference-published", "reference, published", reference.moved(to: published))
    physicalPublished = Setup("physical-published", "physical, published", physical)
    // What papers count: an image and a text, every token through every block.
    var edge = try Scenario.named("edge")
    edge.use = .pair
    edge.boundary = .die
    physicalEdge = Setup("physical-edge", "physical, edge", physical.moved(to: edge))
  }
}

/// A model on an accelerator in a set-up.
public struct PricedModel: Equatable, Sendable {
  /// The accelerator.
  public let design: AcceleratorDesign
  /// Area, time and energy with the carbon of a life.
  public let carbon: LifetimeCarbon

  init(_ design: AcceleratorDesign, _ carbon: LifetimeCarbon) {
    self.design = design
    self.carbon = carbon
  }

  init?(_ found: AssessedDesign?) {
    guard let found, let carbon = found.carbon else { return nil }
    self.init(found.design, carbon)
  }

  /// In kgCO2e.
  var total: Double { carbon.total.value }
  /// In seconds.
  var latency: Double { carbon.design.latency.value }
}
