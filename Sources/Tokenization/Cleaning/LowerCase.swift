/// Lower-cases as Python's `str.lower()` does: Unicode's full mappings, and the final sigma.
///
/// Source: The Unicode Standard, section 3.13, with `Final_Sigma` of SpecialCasing.txt, table 3-17.
enum LowerCase {
  static func lowered(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for (index, scalar) in text.enumerated() {
      if scalar.isASCII {
        let isCapital = scalar.value &- 0x41 < 26
        result.append(isCapital ? Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value) | 0x20) : scalar)
      } else if scalar == "\u{3A3}" {
        result.append(isFinal(text, index) ? "\u{3C2}" : "\u{3C3}")
      } else if scalar.properties.changesWhenLowercased {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return result
  }

  /// Whether a sigma ends its word: a cased letter stands before it and none after it, case-ignorables aside.
  private static func isFinal(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
    func isIgnorable(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isCaseIgnorable }
    guard let before = text[..<index].last(where: { !isIgnorable($0) }), before.properties.isCased else {
      return false
    }
    guard let after = text[(index + 1)...].first(where: { !isIgnorable($0) }) else { return true }
    return !after.properties.isCased
  }
}
