import CLIPFiles
package import CLIPModelShapes

/// Makes sizes of gates: as many channels, heads and units as are expected to be open, within a budget.
///
/// CoFi and TinyCLIP keep of each group its expected number of open gates. Those numbers are a little off a budget, because gates
/// are not all sure and sizes are rounded, so one number is added to every `log alpha`: the largest with which the shape is
/// within the budget. What rounding leaves is given to heads and units, then to units.
package struct MaskSizes {
  private let dense: CLIPConfiguration
  private let gates: MaskGates
  private let logAlphas: [Double]
  private let distribution: HardConcrete

  /// - Parameter logAlphas: one for each gate of the model's image tower
  package init(_ dense: CLIPConfiguration, _ gates: MaskGates, _ logAlphas: [Double], _ distribution: HardConcrete) {
    self.dense = dense
    self.gates = gates
    self.logAlphas = logAlphas
    self.distribution = distribution
  }

  /// What one number added to each `log alpha` makes of the model; sizes that were settled before stay.
  private func shape(shiftedBy shift: Double, from settled: VisionConfiguration? = nil, keepsHeads: Bool = false)
    -> CLIPConfiguration
  {
    var model = dense
    let open = gates.sums(
      logAlphas.map { distribution.openProbability($0 + shift) }, width: dense.vision.width)
    // Multiples, as budgets of other strategies have them, so that products stay efficient.
    let width = dense.vision.width
    model.vision.width =
      settled?.width
      ?? (gates.channels.isEmpty ? width : Self.rounded(open.width, step: max(1, min(8, width / 16)), width))
    for layer in 0..<dense.vision.layers {
      let heads = dense.vision.headsPerLayer[layer], units = dense.vision.mlpWidth[layer]
      model.vision.headsPerLayer[layer] =
        keepsHeads ? settled?.headsPerLayer[layer] ?? heads : Self.rounded(open.heads[layer], step: 1, heads)
      model.vision.mlpWidth[layer] = Self.rounded(open.units[layer], step: max(1, min(16, units / 16)), units)
    }
    return model
  }

  /// The nearest multiple of `step`, at least one of it and at most all.
  private static func rounded(_ size: Double, step: Int, _ whole: Int) -> Int {
    min(whole, max(step, Int((size / Double(step)).rounded()) * step))
  }

  /// The shape.
  /// - Parameter limit: multiply-adds of one image, at most
  /// - Throws: `InputError` naming the least that can be reached.
  package func shape(within limit: Int) throws -> CLIPConfiguration {
    let farthest = 60.0, least = shape(shiftedBy: -farthest).imageMultiplyAdds
    guard least <= limit else {
      throw InputError(
        "\(Budget.Kind.imageMacs.flag) cannot be reached: the smallest shape has \(least), wanted at most \(limit)",
        advice: "ask for more")
    }
    var best = shape(shiftedBy: -farthest), low = -farthest
    func refine(_ make: (Double) -> CLIPConfiguration) {
      var high = farthest
      if make(high).imageMultiplyAdds <= limit {
        (best, low) = (make(high), high)
        return
      }
      for _ in 0..<50 {
        let middle = (low + high) / 2, found = make(middle)
        if found.imageMultiplyAdds <= limit { (best, low) = (found, middle) } else { high = middle }
      }
    }
    refine { shape(shiftedBy: $0) }
    let wide = best.vision
    refine { shape(shiftedBy: $0, from: wide) }
    let headed = best.vision
    refine { shape(shiftedBy: $0, from: headed, keepsHeads: true) }
    return best
  }
}
