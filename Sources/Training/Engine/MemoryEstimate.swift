import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes

/// What a training step keeps in memory at once, so that a run that cannot fit is refused before the system kills it.
struct MemoryEstimate {
  /// Bytes of weights, gradients, the optimizer's state, pictures and kept activations.
  let bytes: Double

  /// - Parameters:
  ///   - batch: samples whose activations are kept; a few hundred rows' only where they are computed again
  ///   - states: numbers that are kept for each weight beside it and its gradient
  ///   - halves: whether activations are kept in bfloat16
  init(_ model: CLIPConfiguration, batch: Int, recomputes: Bool, states: Int, halves: Bool) {
    let pixels = 3 * Double(model.vision.imageSize) * Double(model.vision.imageSize)
    let images = Double(batch) * pixels * 2
    let towers: [(rows: Double, row: Double)] = [
      (Double(batch) * Double(model.vision.tokens), Self.floatsPerRow(model.vision)),
      (Double(batch) * Double(model.text.contextLength), Self.floatsPerRow(model.text)),
    ]
    // A chunk has at most about 3,200 rows, or its few longest sequences.
    let floats = towers.reduce(0) { $0 + (recomputes ? min($1.rows, 8192) : $1.rows) * $1.row }
    let activations = halves ? floats / 2 : floats
    bytes = 4 * (Double(2 + states) * Double(model.parameterCount) + images + activations)
  }

  /// What ``BlockRecord`` keeps of one token, over all layers.
  private static func floatsPerRow(_ tower: some TowerConfiguration) -> Double {
    (0..<tower.layers).reduce(Double(tower.width)) { sum, layer -> Double in
      let hidden = (tower.tower.isGated ? 2 : 1) * tower.mlpWidth[layer]
      return sum + Double(2 * tower.width + 4 * tower.headsPerLayer[layer] * tower.headWidth + hidden)
    }
  }

  /// - Throws: ``InputError`` when a run would need more than there is.
  static func check(_ settings: TrainingSettings, _ model: CLIPConfiguration, _ names: SettingNames) throws {
    let batch = settings.globalBatch
    // Rounded weights are kept beside the others.
    let states = type(of: settings.optimizer).stateNames.count + (settings.quantization == nil ? 0 : 1)
    // Where nobody says, the run may yet be in bfloat16.
    let halves = settings.precision != .float32
    func bytes(recomputes: Bool) -> Double {
      MemoryEstimate(model, batch: batch, recomputes: recomputes, states: states, halves: halves).bytes
    }
    let needed = bytes(recomputes: settings.recomputes), less = bytes(recomputes: true)
    try AvailableMemory.now()?.require(needed, for: "a batch of \(batch)") { available in
      less < available && !settings.recomputes
        ? "use \(names("grad-checkpointing")) (about \(AvailableMemory.text(less))) or a smaller \(names("batch-size"))"
        : "use a smaller \(names("batch-size"))"
    }
  }
}
