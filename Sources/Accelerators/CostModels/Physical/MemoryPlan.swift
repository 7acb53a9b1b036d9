/// What of an operation goes over DRAM's interface.
///
/// Activations stay in the buffer when an operation's inputs and results fit half of it; weights come from DRAM, once for
/// each inference. Where activations do not fit, the product is cut into tiles of half the buffer (the other half is filled
/// meanwhile) in the order and sizes that move the fewest bytes.
package struct MemoryPlan: Equatable, Sendable {
  /// Bytes of weights, which nothing but the interface holds back.
  var weights: Double
  /// Bytes of activations read and written.
  var activations: Double
  /// Bytes of the image that comes in.
  var image = 0.0
  /// Whether inputs and results stay on the chip.
  var staysOnChip: Bool
  var bytes: Double { weights + activations + image }

  /// Nothing, to which ``add(_:times:)`` adds.
  static let nothing = MemoryPlan(weights: 0, activations: 0, staysOnChip: true)

  /// Bytes of several runs more.
  mutating func add(_ plan: MemoryPlan, times: Double) {
    weights += plan.weights * times
    activations += plan.activations * times
    image += plan.image * times
  }

  /// - Parameter isImage: whether the first factor is the image, which comes from DRAM
  init(_ product: Contraction, isImage: Bool, space: Double) {
    let needed = product.input + product.output + (product.hasWeights ? 0 : product.second)
    let weights = product.hasWeights ? product.second : 0
    if needed <= space {
      self.init(weights: weights, activations: 0, staysOnChip: true)
      image = isImage ? product.input : 0
    } else {
      let traffic = Self.leastTraffic(product, space: space)
      self.init(weights: weights, activations: max(0, traffic - weights), staysOnChip: false)
    }
  }

  /// - Parameter isEmbedding: whether the second operand is a parameter
  init(_ cost: VectorUnit.Cost, isEmbedding: Bool, parameters: Double, space: Double) {
    let stays = cost.input + cost.output <= space
    self.init(
      weights: isEmbedding ? parameters : 0, activations: stays ? 0 : cost.input + cost.output, staysOnChip: stays)
  }

  private init(weights: Double, activations: Double, staysOnChip: Bool) {
    self.weights = weights
    self.activations = activations
    self.staysOnChip = staysOnChip
  }

  /// Fewest bytes that a product moves over all tiles of half of `space`, and all orders of the loops over them.
  package static func leastTraffic(_ product: Contraction, space: Double) -> Double {
    // A tile of one row, one output and one term fits every buffer.
    var least = Double.infinity
    let n = Double(product.rows), m = Double(product.outputs), k = Double(product.reduced)
    let (i, w, o) = (n * k, k * m, n * m)
    for rows in sizes(product.rows) {
      for outputs in sizes(product.outputs) {
        let rowTurns = (n / rows).rounded(.up), outputTurns = (m / outputs).rounded(.up)
        if rows * outputs + k * (rows + outputs) <= space / 2 {
          // The whole sum in one tile: the first factor stays, or the second.
          least = min(least, i + w * (outputTurns > 1 ? rowTurns : 1) + o)
          least = min(least, i * (rowTurns > 1 ? outputTurns : 1) + w + o)
          continue
        }
        let room = ((space / 2 - rows * outputs * 4) / (rows + outputs)).rounded(.down)
        guard room >= 1 else { continue }
        let turns = (k / min(k, room)).rounded(.up)
        // Sums of 32 bits stay until they are finished, or one of the factors stays and the sums come and go.
        let again = turns > 1 ? 8 * (turns - 1) : 0
        least = min(least, i * (turns > 1 || rowTurns > 1 ? outputTurns : 1) + w * rowTurns + o)
        least = min(least, i + w * rowTurns + o * (1 + again), i * outputTurns + w + o * (1 + again))
      }
    }
    return least * Double(product.batches)
  }

  private static func sizes(_ size: Int) -> [Double] {
    var sizes: [Double] = [Double(size)]
    var turns = 2
    while turns < size, sizes.count < 63 {
      sizes.append((Double(size) / Double(turns)).rounded(.up))
      turns = max(turns + 1, turns * 9 / 8)
    }
    if size > 1 { sizes.append(1) }
    return sizes
  }
}
