internal import CLIPCarbonFootprint
internal import CLIPSearch
internal import CLIPUnits

/// How a search's figures and names are written for people.
enum SearchText {
  /// What stands where nothing is known.
  static let nothing = "–"

  /// A share as `41.2 %`.
  static func percent(_ share: Double) -> String {
    share.isFinite ? "\(NiceTicks.fixed(100 * share, places(share))) %" : nothing
  }

  /// An accuracy as `41.2 ± 0.6 %`.
  static func accuracy(_ accuracy: CandidateMeasurement.Accuracy?) -> String {
    guard let accuracy, accuracy.mean.isFinite else { return nothing }
    guard accuracy.standardError.isFinite else { return percent(accuracy.mean) }
    let places = places(accuracy.mean)
    return
      "\(NiceTicks.fixed(100 * accuracy.mean, places)) ± \(NiceTicks.fixed(100 * accuracy.standardError, places)) %"
  }

  /// A difference of accuracies as `−2.1 points`.
  static func points(_ difference: Double) -> String {
    guard difference.isFinite else { return nothing }
    let text = NiceTicks.fixed(100 * difference, 1)
    return "\(difference > 0 && text != "0.0" ? "+" : "")\(text) points"
  }

  /// A change as `−34 %`, `+120 %`; nothing where there is nothing to compare with.
  static func change(from old: Double, to new: Double) -> String? {
    guard old > 0, old.isFinite, new.isFinite else { return nil }
    let change = 100 * (new / old - 1)
    guard abs(change) < 1e6 else { return nil }
    let text = NiceTicks.fixed(change, abs(change) < 9.95 ? 1 : 0)
    return "\(change > 0 && text != "0.0" ? "+" : "")\(text) %"
  }

  /// Three digits and a unit.
  static func text<Unit>(_ quantity: Quantity<Unit>) -> String { quantity.isFinite ? "\(quantity)" : nothing }

  /// Three digits and a unit, where there is a quantity.
  static func text<Unit>(_ quantity: Quantity<Unit>?) -> String { quantity.map { text($0) } ?? nothing }

  /// `1.20–1.50 kgCO2e`, or both with their units where these differ.
  static func text(_ band: CarbonBand?) -> String {
    guard let band, band.low.isFinite, band.high.isFinite else { return nothing }
    let low = "\(band.low)".split(separator: " "), high = "\(band.high)".split(separator: " ")
    guard low.count == 2, low.last == high.last else { return "\(band.low) – \(band.high)" }
    return "\(low[0])–\(band.high)"
  }

  /// A large whole number with its step: `5.43 M`.
  static func large(_ count: Int?) -> String {
    guard let count else { return nothing }
    let value = Double(count)
    for (size, letter) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where abs(value) >= size * 0.9995 {
      return "\(Figures.significant(value / size)) \(letter)"
    }
    return "\(count)"
  }

  private static func places(_ share: Double) -> Int { abs(share) < 0.09995 ? 2 : abs(share) < 0.9995 ? 1 : 0 }

  /// One line that a terminal and any markup can take: no control characters, none that turn the direction of what
  /// follows, none that XML forbids.
  static func line(_ text: String) -> String {
    var result = "", isSpace = false
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0...0x20, 0x7F...0xA0, 0x2028, 0x2029:
        if !isSpace { result += " " }
        isSpace = true
        continue
      case 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: continue
      case 0xFFFE, 0xFFFF: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
      isSpace = false
    }
    return result
  }

  /// A name inside HTML: escaped, and kept apart from the direction of what stands around it.
  static func name(_ text: String) -> String { "<bdi>\(escaped(text))</bdi>" }

  /// Text inside HTML or an attribute.
  static func escaped(_ text: String) -> String { line(text).escapedForHTML }

  /// The letters of the front's designs: A to Z, then AA, AB and so on.
  static func letter(_ index: Int) -> String {
    var letters = "", rest = index
    repeat {
      letters = String(UnicodeScalar(UInt8(65 + rest % 26))) + letters
      rest = rest / 26 - 1
    } while rest >= 0
    return letters
  }
}
