/// A lane's own memory.
///
/// Where sums stay still it holds them: each multiply-add reads and writes one, and reads one of its operands; the other
/// stays in its register meanwhile. Where weights stay still it holds those: each multiply-add reads one. In its place a
/// lane without has registers for 8 sums, or for one weight.
///
///     energy a bit = energy a bit of half a KB * (bytes / 512)^0.5, no less than a register's
///
/// Source: Y.-H. Chen, J. Emer and V. Sze, "Eyeriss: A spatial architecture for energy-efficient dataflow", ISCA 2016, table IV: an
/// access of 16 bits to half a KB takes as much energy as a 16-bit multiply-add. The root is that of longer wires.
struct Scratchpad: Hashable, Sendable {
  /// 0 for none.
  let bytes: Int
  /// pJ of a bit that is read or written.
  let bitEnergy: Double

  init(bytes: Int, _ figures: PhysicalFigures) {
    self.bytes = bytes
    bitEnergy = max(figures.registerEnergy, figures.scratchpadEnergy * (Double(bytes) / 512).squareRoot())
  }

  var bits: Double { Double(bytes) * 8 }

  /// Sums of so many bits that it holds: the power of two that fits, no fewer than one.
  func sums(_ bits: Int) -> Int {
    var sums = 1
    while sums * 2 * bits <= bytes * 8 { sums *= 2 }
    return sums
  }
  /// Weights that it holds beside as many that come next; one of a lane without a scratchpad.
  func weights(_ bits: Int) -> Int { max(1, bytes * 8 / bits / 2) }
}

/// What stays in the lanes while operands go by.
public enum Dataflow: String, CaseIterable, Sendable {
  /// Sums: a lane adds up one result, or several, from beginning to end.
  case outputStationary = "output-stationary"
  /// Weights: sums go down the array from lane to lane.
  case weightStationary = "weight-stationary"
}
