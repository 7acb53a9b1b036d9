extension DesignSpace {
  /// What decides whether a voltage carries a clock.
  private static let clockKeys: Set<String> = ["edition", "node", "voltage", "clock"]

  /// How many of the designs have a voltage that does not carry their clock; they are passed over.
  /// - Parameter model: who says what can be built
  /// - Throws: `InputError` for a node that the model has no figures for.
  public func stalledDesigns(for model: any CostModel) throws -> Int {
    var designs = [self[0]], others = 1
    for (knob, choice) in zip(AcceleratorDesign.knobs, choices) {
      guard Self.clockKeys.contains(knob.key) else {
        others *= choice.values.count
        continue
      }
      designs = designs.flatMap { design in
        choice.values.map { value in
          var design = design
          knob.set(value, in: &design)
          return design
        }
      }
    }
    return try designs.filter { try !model.carriesClock(of: $0) }.count * others
  }
}
