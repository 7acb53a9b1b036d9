public import CLIPFiles
package import CLIPRecipes

/// An end of an axis on which a design stands.
public struct AxisEnd: Equatable, Sendable, CustomStringConvertible {
  /// The axis, by its key in YAML files.
  public let axis: String
  /// Whether it is the high end.
  public let isHigh: Bool
  /// The value there.
  public let value: KnobValue
  /// The value for people, `16 KB`.
  public let text: String
  /// Why nothing lies beyond; nil where designs beyond it could be built.
  public let limit: String?

  /// `the low end of l2 (16 KB)`.
  public var description: String { "the \(isHigh ? "high" : "low") end of \(axis) (\(text))" }

  /// For `--json`.
  public var json: JSONValue {
    [
      "axis": .string(axis), "end": .string(isHigh ? "high" : "low"), "value": value.json, "text": .string(text),
      "limit": limit.map { .string($0) } ?? .null,
    ]
  }
}

extension [AxisEnd] {
  /// In a line for those beyond which designs could be built, and one for the others.
  public var summary: [String] {
    let free = filter { $0.limit == nil }, limited = filter { $0.limit != nil }
    var lines: [String] = []
    if !free.isEmpty {
      lines.append("stands at \(free.map(\.description).joined(separator: ", ")): less may lie beyond")
    }
    if !limited.isEmpty {
      lines.append(
        "at a limit: " + limited.map { "\($0.description), \($0.limit ?? "")" }.joined(separator: "; "))
    }
    return lines
  }
}

extension DesignSpace {
  /// The space as a section of a recipe.
  package func section(origin: String) -> RecipeNode {
    RecipeNode(
      .map(
        zip(AcceleratorDesign.knobs, choices).map { knob, choice in
          (
            knob.key,
            RecipeNode(.list(choice.values.map { RecipeNode(word: knob.text($0), origin: origin) }), origin: origin)
          )
        }), origin: origin)
  }

  /// The ends of axes on which a design stands. An axis of one value, or of names, has none.
  /// - Parameters:
  ///   - model: who says what can be built
  ///   - isPriced: whether there are figures for a design beside the model's
  public func ends(
    of design: AcceleratorDesign, for model: any CostModel, where isPriced: (AcceleratorDesign) -> Bool = { _ in true }
  ) -> [AxisEnd] {
    zip(AcceleratorDesign.knobs, choices).flatMap { knob, choice -> [AxisEnd] in
      guard choice.values.count > 1, let number = knob.value(of: design).number else { return [] }
      let numbers = choice.values.compactMap(\.number)
      return [false, true].compactMap { isHigh in
        guard let end = isHigh ? numbers.max() : numbers.min(), number == end else { return nil }
        let value = knob.value(of: design)
        return AxisEnd(
          axis: knob.key, isHigh: isHigh, value: value, text: knob.text(value),
          limit: beyond(knob, choice.values, isHigh, design, model, isPriced).isEmpty
            ? Self.limit(knob, number, isHigh) : nil)
      }
    }
  }

  /// The space with each of these axes going on beyond its end: an octave more, in as many steps as the axis' last octave
  /// has, as far as the cost model can build it.
  /// - Returns: nil where the space would have too many designs, or nothing lies beyond
  public func widened(
    beyond ends: [AxisEnd], from design: AcceleratorDesign, for model: any CostModel,
    where isPriced: (AcceleratorDesign) -> Bool = { _ in true }
  ) -> DesignSpace? {
    var choices = choices
    for (index, knob) in AcceleratorDesign.knobs.enumerated() {
      for end in ends where end.axis == knob.key && end.limit == nil {
        let more = beyond(knob, choices[index].values, end.isHigh, design, model, isPriced)
        let numbers = choices[index].values.compactMap(\.number) + more.compactMap(\.number)
        choices[index].values = choices[index].values.filter { $0.number == nil } + knob.values(of: numbers)
      }
    }
    guard let count = Self.count(choices), count <= Self.largest else { return nil }
    let wider = DesignSpace(choices)
    return wider == self ? nil : wider
  }

  /// What comes after the last value of an axis: up to twice, or half, of it.
  private func beyond(
    _ knob: AcceleratorDesign.Knob, _ values: [KnobValue], _ isHigh: Bool, _ design: AcceleratorDesign,
    _ model: any CostModel, _ isPriced: (AcceleratorDesign) -> Bool
  ) -> [KnobValue] {
    let numbers = values.compactMap(\.number)
    guard let low = numbers.min(), let high = numbers.max(), let range = knob.numbers else { return [] }
    let base = isHigh ? high : low / 2
    let steps = numbers.filter { isHigh ? $0 > high / 2 : $0 < low * 2 }.count
    // The end of what there is may lie within the octave.
    let last = isHigh ? min(range.upperBound, 2 * high) : max(range.lowerBound, low / 2)
    var tried: Set<Double> = [last]
    for step in 0...steps { tried.insert(base * (1 + Double(step) / Double(max(1, steps)))) }
    let more = tried.filter { range.contains($0) && (isHigh ? $0 > high : $0 < low) }.sorted()
    let known = Set(values)
    return knob.values(of: more).filter { value in
      guard !known.contains(value), let number = value.number, range.contains(number) else { return false }
      var wider = design
      knob.set(value, in: &wider)
      // What cannot be built has no area.
      return wider.hasMesh && (try? model.area(of: wider.checked())) != nil && isPriced(wider)
    }
  }

  private static func limit(_ knob: AcceleratorDesign.Knob, _ number: Double, _ isHigh: Bool) -> String {
    if let range = knob.numbers, number == (isHigh ? range.upperBound : range.lowerBound) {
      return isHigh ? "the most there is" : "the least there is"
    }
    return "beyond it the figures know no \(isHigh ? "larger" : "smaller") one"
  }
}
