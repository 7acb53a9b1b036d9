import CLIPFiles

/// The command line's options.
struct Options {
  var readers = ReaderCatalog.all
  var seconds: Double?
  var cases: Int?
  var seed = UInt64.random(in: 0...UInt64(UInt32.max))
  var first = 0
  var findings = "fuzz-findings"
  var replay: String?

  /// - Parameter arguments: names and values in turn
  /// - Throws: `InputError` for an unknown option or a value that makes no sense.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw InputError("\(name) needs a value") }
      switch name {
      case "--reader": readers = try value.split(separator: ",").flatMap { try Self.readers(String($0)) }
      case "--seconds":
        guard let number = Double(value), (1...1e6).contains(number) else {
          throw InputError("--seconds needs a number from 1 to 1000000, found \(value.quoted())")
        }
        seconds = number
      case "--cases": cases = try Self.number(name, value, 1...1_000_000_000)
      case "--first": first = try Self.number(name, value, 0...1_000_000_000)
      case "--seed":
        guard let number = UInt64(value) else {
          throw InputError("--seed needs a whole number, found \(value.quoted())")
        }
        seed = number
      case "--findings": findings = value
      case "--replay": replay = value
      default:
        throw InputError(
          "unknown option \(name.quoted())",
          advice: Suggestion.advice(
            for: name,
            among: ["--reader", "--seconds", "--cases", "--first", "--seed", "--findings", "--replay"]))
      }
    }
  }

  private static func number(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(value), range.contains(number) else {
      throw InputError(
        "\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), found \(value.quoted())")
    }
    return number
  }

  static func readers(_ name: String) throws -> [Reader] {
    if name == "all" { return ReaderCatalog.all }
    guard let reader = ReaderCatalog.all.first(where: { $0.name == name }) else {
      throw InputError(
        "unknown reader \(name.quoted())", advice: Suggestion.advice(for: name, among: ReaderCatalog.all.map(\.name)))
    }
    return [reader]
  }
}
