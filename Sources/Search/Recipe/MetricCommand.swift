internal import CLIPFiles
internal import CLIPRecipes

/// A program of the user's that says how good a candidate is: `metric: {command: [python3, score.py], name: my score}`.
///
/// It is started without a shell, with the candidate's checkpoint folder behind its arguments (or in the place of
/// `{checkpoint}`), and prints a number from 0 to 1, larger being better, with its standard error: as JSON
/// (`{"value": 0.53, "standard_error": 0.01}`) or as two numbers.
public struct MetricCommand: Equatable, Sendable {
  /// What reports call the number.
  public let name: String
  /// The program and its arguments.
  public let arguments: [String]
  /// How long one call may take, in seconds.
  public let timeLimit: Double
  /// What a model that guesses has, 0 to 1; nil where the user does not say.
  public let chance: Double?

  /// The place of the checkpoint folder among the arguments.
  public static let place = "{checkpoint}"

  /// Reads the section `metric`.
  /// - Throws: `InputError` naming the place.
  init(_ node: RecipeNode) throws {
    var reader = try RecipeReader(node, as: .search)
    guard let command = reader.node("command") else {
      throw node.error("metric: command is missing", advice: "such as metric: {command: [python3, score.py]}")
    }
    guard case .list(let items) = command.value, !items.isEmpty else {
      // A line would have to be cut as a shell cuts it.
      throw command.error(
        "command must be a list of words, the program first, found \(command.short)",
        advice: "such as command: [python3, score.py, --fast]")
    }
    arguments = try items.map { item in
      guard let word = item.textValue, !word.isEmpty, !word.utf8.contains(0) else {
        throw item.error("command must hold words, found \(item.short)")
      }
      return word
    }
    name = try reader.text("name") ?? Folder.name(of: arguments[0])
    timeLimit = try reader.measure("time-limit", SearchUnits.time, in: 0.1...86_400) ?? 600
    chance = try reader.number("chance", in: 0...1)
    try reader.finish()
  }

  /// The words of a call.
  func words(for checkpoint: String) -> [String] {
    arguments.contains { $0.contains(Self.place) }
      ? arguments.map { $0.replacing(Self.place, with: checkpoint) } : arguments + [checkpoint]
  }

  /// The call as a reader may copy it.
  public var summary: String { words(for: "CHECKPOINT").map(\.shellWord).joined(separator: " ") }

  /// What a measurement depends on.
  var text: String { "command \(arguments.map { "\($0.utf8.count):\($0)" }.joined(separator: " "))" }

  /// What a program printed: JSON with `value` and `standard_error`, or two numbers.
  /// - Throws: `InputError` for anything else.
  static func figures(in output: String) throws -> (value: Double, error: Double) {
    let text = output.trimmed,
      advice = "print {\"value\": 0.53, \"standard_error\": 0.01}, or 0.53 0.01, and nothing else"
    var found: (Double, Double)?
    if text.hasPrefix("{") {
      let object = try? JSONParser.parse(text)
      if let value = object?["value"]?.doubleValue, let error = object?["standard_error"]?.doubleValue {
        found = (value, error)
      }
    } else {
      let numbers = text.split { $0.isWhitespace || $0 == "," }.map { Double($0) }
      if numbers.count == 2, let value = numbers[0], let error = numbers[1] { found = (value, error) }
    }
    guard let (value, error) = found else {
      throw InputError("printed no number with its standard error: \(text.shortened(to: 80).quoted())", advice: advice)
    }
    guard (0...1).contains(value), (0...1).contains(error) else {
      throw InputError(
        "printed \(value) with a standard error of \(error); both must be from 0 to 1",
        advice: "divide percents by 100; larger must be better")
    }
    return (value, error)
  }
}

extension String {
  /// As a shell would need it.
  fileprivate var shellWord: String {
    allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:".contains($0) } ? self : "'\(replacing("'", with: "'\\''"))'"
  }
}
