package import CLIPTensors

/// A linear layer in 8 bits, as it is written for other programs.
///
///     y = (round(x / (inputScale * equalizer)) grid^T) * inputScale * scales
package struct Int8Layer: Sendable {
  /// `[outputs, inputs]`, whole numbers from -127 to 127
  package let grid: Tensor
  /// `[outputs]`: what one step of each output's weights is worth
  package let scales: [Float]
  /// `[inputs]`: what each input is divided by before it is rounded; empty for ones
  package let equalizer: [Float]
  /// `[outputs]` for each group of neighboring inputs: what one step of its weights is worth
  package let steps: [[Float]]
  /// Inputs of a group.
  package let group: Int
  /// What one step of the inputs is worth.
  package let inputScale: Float
}

extension QuantizedModel {
  /// The layer whose inputs are rounded at a place, such as `visual.transformer.resblocks.3.mlp.c_fc`.
  package func layer(at place: String) -> Int8Layer {
    guard let site = site(place), let layer = layers.first(where: { $0.layer.site == site })?.layer else {
      preconditionFailure("no layer reads \(place)")
    }
    return Int8Layer(
      grid: layer.grid, scales: layer.scales, equalizer: layer.equalizer, steps: layer.weights.steps,
      group: layer.weights.group, inputScale: ranges[site])
  }

  /// What one step is worth of an activation that no layer's weights read: queries, keys and values, such as
  /// `transformer.resblocks.0.attn.q`.
  package func step(at place: String) -> Float {
    guard let site = site(place) else { preconditionFailure("nothing is rounded at \(place)") }
    return ranges[site]
  }

  private func site(_ place: String) -> Int? { sites.names.firstIndex(of: place) }
}
