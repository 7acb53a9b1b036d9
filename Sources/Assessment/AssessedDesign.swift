internal import CLIPUnits
public import CLIPAccelerators
public import CLIPCarbonFootprint

/// One design of a space with what a model costs on it.
public struct AssessedDesign: Sendable {
  /// Its number in the space, the design, time, energy and area.
  public let point: SweepPoint
  /// Over the device's life; nil where the model does not fit the design.
  public let carbon: LifetimeCarbon?
  /// What the model is by itself.
  public let model: ModelFigures

  /// The design's number in its space.
  public var number: Int { point.number }
  /// The design.
  public var design: AcceleratorDesign { point.design }

  /// The same as the design of another number.
  func numbered(_ number: Int) -> AssessedDesign {
    AssessedDesign(point: point.numbered(number), carbon: carbon, model: model)
  }

  /// Whether it has less of a metric, or as much and less carbon, or stands first in the space; as much is the same in nine
  /// digits.
  func stands(before other: AssessedDesign, in metric: Metric) -> Bool {
    (value(of: metric).nearly, value(of: .carbon).nearly, number)
      < (other.value(of: metric).nearly, other.value(of: .carbon).nearly, other.number)
  }

  /// A metric, in the unit of ``Metric/column``; infinite where the model does not fit the design, not a number where a measured
  /// device has no such thing.
  public func value(of metric: Metric) -> Double {
    switch metric {
    case .latency: carbon?.answerTime.value ?? point.latency.value
    case .energy: point.energy.value
    case .area: point.area.value
    case .tops: design.peakTOPS
    case .power: point.power.value
    case .carbon: carbon?.total.value ?? .infinity
    case .operational: carbon?.operational.value ?? .infinity
    case .embodied: carbon.map { ($0.embodied.total * $0.embodiedShare).value } ?? .infinity
    case .parameters: model.parameters
    case .size: model.size
    case .activationMemory: model.activationMemory
    case .macs: model.macs
    }
  }
}
