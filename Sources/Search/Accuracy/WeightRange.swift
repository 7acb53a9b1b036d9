public import CLIPCheckpoints
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPTensors

/// How large a model's weights are: what diverged, and what half precision can hold.
public struct WeightRange: Equatable, Sendable {
  /// The largest magnitude among the finite ones.
  public let largest: Float
  /// Whether all are finite.
  public let isFinite: Bool

  /// Whether half precision holds all of them.
  public var fitsFloat16: Bool { isFinite && largest <= 65_504 }

  /// Looks at every weight.
  /// - Throws: `InputError` when a parameter cannot be read.
  public init(of loaded: LoadedModel) throws {
    var largest: Float = 0, isFinite = true
    for parameter in ParameterList(loaded.model.configuration).parameters {
      let tensor = try loaded.parameters.parameter(parameter.name, Shape(parameter.shape))
      tensor.withUnsafeElements { elements in
        for element in elements {
          if element.isFinite { largest = max(largest, abs(element)) } else { isFinite = false }
        }
      }
    }
    self.largest = largest
    self.isFinite = isFinite
  }
}
