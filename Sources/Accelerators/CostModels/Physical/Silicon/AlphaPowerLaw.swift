/// How fast logic is at a voltage: the alpha-power law.
///
///     clock(V) / clock(V0) = ((V - Vt) / (V0 - Vt))^alpha * V0 / V
///
/// A gate charges C V with a current that goes as (V - Vt)^alpha. Source: T. Sakurai and A. R. Newton, "Alpha-power law MOSFET
/// model and its applications to CMOS inverter delay and other formulas", IEEE JSSC 25(2), 1990. It holds above the
/// threshold; the least voltages of ``VoltageFigures`` keep well above it.
package struct AlphaPowerLaw: Hashable, Sendable {
  /// Vt in V.
  package let threshold: Double
  /// alpha: 2 for long channels, little more than 1 where carriers run at their limit.
  package let exponent: Double

  package init(threshold: Double, exponent: Double) {
    self.threshold = threshold
    self.exponent = exponent
  }

  /// The clock at a voltage beside that at another; 0 at the threshold and below.
  package func speed(at voltage: Double, beside nominal: Double) -> Double {
    guard voltage > threshold, nominal > threshold else { return 0 }
    return Power.of((voltage - threshold) / (nominal - threshold), exponent) * nominal / voltage
  }

  /// The least voltage, from `least` to `most`, at which the clock is `speed` times that at `nominal`; nil where `most` is
  /// too little.
  ///
  /// Halved to the last digits of a microvolt; the law rises with the voltage for every alpha from 1 on.
  package func voltage(forSpeed speed: Double, beside nominal: Double, from least: Double, to most: Double) -> Double? {
    guard self.speed(at: most, beside: nominal) >= speed else { return nil }
    guard self.speed(at: least, beside: nominal) < speed else { return least }
    var low = least, high = most
    while high - low > 1e-9 {
      let middle = (low + high) / 2
      if self.speed(at: middle, beside: nominal) < speed { low = middle } else { high = middle }
    }
    return high
  }
}
