internal import CLIPSystem

/// How leakage depends on voltage and temperature, beside what it is at 300 K and the nominal voltage.
///
///     subthreshold = V / V0 * exp(eta * (V - V0) / (n * vt)) * 2^((T - 300 K) / 10 K)
///     leakage      = (1 - share) * V / V0 + share * subthreshold
///
/// The exponential of the voltage is the lowering of the barrier by the drain: K. Roy, S. Mukhopadhyay and H. Mahmoodi-Meimand,
/// "Leakage current mechanisms", Proc. IEEE 91(2), 2003. Doubling every 10 K is how CACTI 7's low-standby-power device goes
/// (`tech_params/22nm.dat`: 24.3 pA a um at 300 K, 24.8 nA at 400 K; 2^10 = 1024 is 1020 there). What leaks through the gate
/// does not depend on temperature there: 451 pA a um, so at 300 K 5 % of SRAM's leakage are subthreshold. Logic's is all
/// taken for subthreshold.
package struct Leakage: Hashable, Sendable {
  /// The part of the leakage at 300 K that goes beneath the threshold.
  package let share: Double

  package init(share: Double) { self.share = share }

  static let reference = 300.0
  /// How far a volt at the drain lowers the barrier, in V, and what a slope is above the ideal.
  static let lowering = 0.1, slope = 1.4
  /// Boltzmann's constant over the charge of an electron, V a K.
  static let thermal = 8.617e-5

  /// - Parameters:
  ///   - voltage: in V
  ///   - nominal: the voltage of the reference
  ///   - temperature: in K
  package func power(at voltage: Double, beside nominal: Double, temperature: Double) -> Double {
    let thermal = Self.thermal * temperature
    let barrier = exp(Self.lowering * (voltage - nominal) / (Self.slope * thermal))
    let heat = Power.of(2, (temperature - Self.reference) / 10)
    return voltage / nominal * (1 - share + share * barrier * heat)
  }
}
