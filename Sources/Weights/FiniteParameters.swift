import CLIPFiles
import CLIPLayers
package import CLIPTensors

/// Passes parameters on, and remembers them to see that every number is finite: one infinite weight makes every feature
/// meaningless, and what is computed from them.
package final class FiniteParameters: ParameterSource {
  private let state: StateDictionary
  private var tensors: [(name: String, tensor: Tensor)] = []

  package init(_ state: StateDictionary) { self.state = state }

  package func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    let tensor = try state.parameter(name, shape)
    tensors.append((name, tensor))
    return tensor
  }

  /// Reads every number once: 0.03 s of one processor for ViT-B/32 in float32, besides fetching its pages.
  /// - Throws: ``InputError`` that names the first parameter with a number that is infinite or none.
  package func check() throws {
    for (name, tensor) in tensors where !tensor.isFinite {
      throw InputError(
        "holds numbers that are not finite", file: state.path, at: name,
        advice: "the checkpoint is damaged; use another one")
    }
  }
}
