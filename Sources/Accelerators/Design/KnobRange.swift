internal import CLIPFiles
internal import CLIPRecipes

/// A range of a knob's values as recipes write it.
///
///     buffer: 16 KB to 4 MB                  each value twice the one before
///     buffer: 16 KB to 4 MB, 4 per octave    four equal steps from each value to twice it: 16, 20, 24, 28, 32, 40 KB, ...
///     width: 8 to 64 by 8                    equal steps
///
/// The high end is always one of the values. Of a knob of whole numbers each value is rounded, and stands once.
struct KnobRange: Sendable {
  /// The values, ascending.
  let values: [KnobValue]

  /// An axis with more is refused.
  static let most = 1000
  private static let octaveSteps = 1...64

  /// Whether a value of a recipe is written as a range.
  static func isRange(_ node: RecipeNode) -> Bool { node.textValue.map { words($0).contains("to") } ?? false }

  /// - Throws: `InputError` naming the place: an end that the knob cannot be turned to, ends in the wrong order, steps that
  ///   lead nowhere, too many values.
  init(_ node: RecipeNode, of knob: AcceleratorDesign.Knob) throws {
    let words = Self.words(node.textValue ?? "")
    guard let middle = words.firstIndex(of: "to"), !knob.isNamed else {
      throw node.error("\(knob.key) must be a range such as \(Self.example(knob)), found \(node.short)")
    }
    let tail = words[(middle + 1)...]
    let stop = tail.firstIndex { $0 == "by" } ?? Self.octaves(tail) ?? words.endIndex
    var low = Array(words[..<middle]), high = Array(words[(middle + 1)..<stop])
    // 16 to 64 KB: the unit stands once.
    if low.count == 1, high.count == 2 { low.append(high[1]) }
    if let last = low.last, low.count == 2, high.count == 1, Double(last) == nil { high.append(last) }
    func end(_ words: [Substring]) throws -> Double {
      guard !words.isEmpty else {
        throw node.error("\(knob.key): \(node.short) lacks an end", advice: "write it as \(Self.example(knob))")
      }
      let value = RecipeNode(word: words.joined(separator: " "), origin: node.origin)
      return try knob.value(value).number ?? .nan
    }
    let (from, to) = (try end(low), try end(high))
    guard from < to else {
      throw node.error(
        "\(knob.key): \(node.short) holds no range of values", advice: "the low end comes first: \(Self.example(knob))")
    }
    let rest = words[stop...]
    let numbers =
      try rest.first == "by"
      ? Self.stepping(from, to, by: Self.step(Array(rest.dropFirst()), like: high, node, knob), node, knob)
      : Self.doubling(from, to, steps: Self.steps(rest, node, knob), node, knob)
    values = knob.values(of: numbers)
  }

  private static func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "," } }

  private static func example(_ knob: AcceleratorDesign.Knob) -> String {
    let unit = knob.units.first.map { " \($0.name)" } ?? ""
    return "\(knob.key): 16\(unit) to 64\(unit), 2 per octave"
  }

  /// Where `2 per octave` begins.
  private static func octaves(_ words: ArraySlice<Substring>) -> Int? {
    words.firstIndex(of: "per").map { max(words.startIndex, $0 - 1) }
  }

  private static func steps(
    _ words: ArraySlice<Substring>, _ node: RecipeNode, _ knob: AcceleratorDesign.Knob
  ) throws -> Int {
    guard let first = words.first else { return 1 }
    let given = words.map(String.init)
    guard given.count == 3, given[1] == "per", ["octave", "doubling"].contains(given[2]), let count = Int(first),
      octaveSteps.contains(count)
    else {
      throw node.error(
        "\(knob.key): expected 1 to 64 steps per octave, found \(given.joined(separator: " ").quoted())",
        advice: "write it as \(example(knob))")
    }
    return count
  }

  private static func step(
    _ words: [Substring], like high: [Substring], _ node: RecipeNode, _ knob: AcceleratorDesign.Knob
  ) throws -> Double {
    var words = words
    if words.count == 1, high.count == 2, Double(words[0]) != nil { words.append(high[1]) }
    guard !words.isEmpty else {
      throw node.error("\(knob.key): \(node.short) lacks a step", advice: "write it as \(example(knob))")
    }
    let value = RecipeNode(word: words.joined(separator: " "), origin: node.origin)
    return try Measure(value, key: "\(knob.key): by", units: knob.units).value
  }

  private static func doubling(
    _ from: Double, _ to: Double, steps: Int, _ node: RecipeNode, _ knob: AcceleratorDesign.Knob
  ) throws -> [Double] {
    guard from > 0 else {
      throw node.error("\(knob.key): nothing is twice 0, found \(node.short)", advice: "begin above 0, or name a step")
    }
    var numbers: [Double] = [], octave = from
    while octave < to {
      for step in 0..<steps {
        let value = octave * (1 + Double(step) / Double(steps))
        if value < to { numbers.append(value) }
      }
      octave *= 2
      try check(numbers.count, node, knob)
    }
    return numbers + [to]
  }

  private static func stepping(
    _ from: Double, _ to: Double, by step: Double, _ node: RecipeNode, _ knob: AcceleratorDesign.Knob
  ) throws -> [Double] {
    guard step > 0, step.isFinite else {
      throw node.error("\(knob.key): steps must be more than 0, found \(node.short)")
    }
    let count = ((to - from) / step * (1 - 1e-12)).rounded(.down)
    try check(count < 1e9 ? Int(count) : .max, node, knob)
    return (0...Int(count)).map { from + Double($0) * step }.filter { $0 < to } + [to]
  }

  private static func check(_ count: Int, _ node: RecipeNode, _ knob: AcceleratorDesign.Knob) throws {
    guard count < most else {
      throw node.error("\(knob.key): more than \(most) values in \(node.short)", advice: "take larger steps")
    }
  }
}

extension KnobValue {
  /// The number; nil for a name.
  package var number: Double? {
    switch self {
    case .whole(let value): Double(value)
    case .real(let value): value
    case .name: nil
    }
  }
}

extension AcceleratorDesign.Knob {
  /// Whether its values are names, which have no order.
  package var isNamed: Bool {
    switch place {
    case .name, .spelled: true
    case .whole, .real: false
    }
  }

  /// Values of numbers, ascending and each once; whole numbers where the knob's are.
  func values(of numbers: [Double]) -> [KnobValue] {
    var values: [KnobValue] = []
    for number in numbers.sorted() {
      let value: KnobValue = if case .whole = place { .whole(Int(number.rounded())) } else { .real(number) }
      if values.last != value { values.append(value) }
    }
    return values
  }

  /// A value with its unit, for people and files: `16 KB`, in the largest unit of which it is a whole number.
  package func text(_ value: KnobValue) -> String {
    guard let number = value.number, !units.isEmpty else { return value.description }
    let whole = units.filter { (number / $0.size).rounded() == number / $0.size && number >= $0.size }
    let best = whole.max { $0.size < $1.size } ?? unit
    return "\(KnobValue.real(number / best.size)) \(best.name)"
  }

  /// The numbers that it can be turned to at all.
  var numbers: ClosedRange<Double>? {
    switch place {
    case .whole(_, let range): Double(range.lowerBound)...Double(range.upperBound)
    case .real(_, let range): range
    case .name, .spelled: nil
    }
  }
}
