internal import CLIPSystem

/// Numbers as people read them.
public enum Figures {
  /// Three significant digits without an exponent: `12.3`, `0.123`, `0.00123`; whole numbers whole: `1234`.
  public static func significant(_ value: Double, digits: Int = 3) -> String {
    guard value != 0 else { return "0" }
    guard value.isFinite, abs(value) >= 1e-9 else { return "\(value)" }
    let magnitude = Int(log10(abs(value)).rounded(.down))
    func places(_ magnitude: Int) -> Int { min(12, max(0, digits - 1 - magnitude)) }
    // 9.996 rounds up into the next power of ten, where it needs a place less.
    let unit = pow(10, Double(places(magnitude)))
    let carries = (abs(value) * unit).rounded() / unit >= pow(10, Double(magnitude + 1))
    return fixed(value, places: places(magnitude + (carries ? 1 : 0)))
  }

  /// A number rounded to so many significant digits: `1230`, `12.3`.
  public static func rounded(_ value: Double, digits: Int = 3) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let places = digits - 1 - Int(log10(abs(value)).rounded(.down))
    // Beyond these no power of ten is exact, or none is a number.
    guard abs(places) <= 300 else { return value }
    let unit = pow(10, Double(abs(places)))
    return places >= 0 ? (value * unit).rounded() / unit : (value / unit).rounded() * unit
  }

  /// Three significant digits with an exponent: `1.10e-06`; `0` for zero.
  public static func scientific(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    var exponent = Int(log10(abs(value)).rounded(.down))
    var mantissa = (value / pow(10, Double(exponent)) * 100).rounded() / 100
    if abs(mantissa) >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let digits = String(abs(exponent))
    return fixed(mantissa, places: 2) + "e" + (exponent < 0 ? "-" : "+") + (digits.count < 2 ? "0" : "") + digits
  }

  /// A number with a fixed count of decimal places.
  public static func fixed(_ value: Double, places: Int) -> String {
    let scale = pow(10, Double(places))
    let scaled = (value * scale).rounded()
    guard abs(scaled) < 1e15 else { return "\(value)" }
    let whole = Int(abs(scaled)), unit = Int(scale)
    let sign = scaled < 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % unit)
    return "\(sign)\(whole / unit)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  /// A number with at most so many decimal places, without zeros at its end.
  public static func short(_ value: Double, places: Int) -> String {
    var text = fixed(value, places: places)
    guard text.contains("."), !text.contains("e") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A part of 1 in percent, three significant digits: `97.3 %`.
  public static func percent(_ part: Double) -> String { "\(significant(part * 100)) %" }

  /// A part of 1 in percent as it was stated, with at most so many decimal places: `87.5 %`, `95 %`.
  public static func percent(_ part: Double, places: Int) -> String { "\(short(part * 100, places: places)) %" }

  /// A length of time: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds >= 0, seconds < 1e12 else { return "?" }
    if seconds < 0.9995 { return "\(significant(seconds * 1000)) ms" }
    if seconds < 99.95 { return "\(significant(seconds)) s" }
    let whole = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
  }

  /// A count with thousands set apart: `12,345`.
  public static func count(_ value: Int) -> String {
    var digits = String(value.magnitude), groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}
