import CLIPFiles
import CLIPRecipes

/// A number with its unit, as recipes write it: `256 KB`, `625 MHz`. A bare number is refused where a unit is due.
struct Measure {
  /// In the knob's own unit.
  let value: Double

  /// - Parameter units: names with how many of the knob's unit they make; none for plain numbers
  /// - Throws: `InputError` naming the place, what was expected and what was found.
  init(_ node: RecipeNode, key: String, units: [(name: String, size: Double)]) throws {
    guard let first = units.first else {
      guard let number = node.numberValue else {
        throw node.error("\(key) must be a whole number, found \(node.short)")
      }
      value = number
      return
    }
    let example = "such as \(key): 64 \(first.name)"
    guard let text = node.textValue else { throw node.error("\(key) must be a size with its unit", advice: example) }
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Double(digits), number.isFinite else {
      throw node.error("\(key) must be a number with its unit, found \(text.quoted())", advice: example)
    }
    guard !unit.isEmpty else { throw node.error("\(key): \(text.quoted()) has no unit", advice: example) }
    guard let size = units.first(where: { $0.name == unit })?.size else {
      throw node.error(
        "\(key): unknown unit \(String(unit).quoted())",
        advice: Suggestion.advice(for: String(unit), among: units.map(\.name)))
    }
    value = number * size
  }
}
