public import CLIPFiles

/// One attempt at one piece of a study's work: `trial-5.2` is the second at trial 5.
public struct TaskName: Hashable, Sendable, CustomStringConvertible {
  /// What is done: `trial`, `look`, or another program's word.
  public let kind: String
  /// Which one of its kind.
  public let number: Int
  /// From 1; no attempt has another's number.
  public let attempt: Int

  /// A name of its parts.
  public init(_ kind: String, _ number: Int, attempt: Int) {
    self.kind = kind
    self.number = number
    self.attempt = attempt
  }

  /// What ``description`` wrote; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    let numbers = parts[1].split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let attempt = numbers[1], number > 0, attempt > 0 else {
      return nil
    }
    self.init(String(parts[0]), number, attempt: attempt)
  }

  /// As files are called.
  public var description: String { "\(kind)-\(number).\(attempt)" }
}

/// How an attempt ended.
public enum TaskOutcome: Equatable, Sendable {
  /// With what was asked for.
  case finished(JSONObject)
  /// It cannot be done, and why.
  case failed(String)
  /// It was asked to stop, or the machine would not let it go on; what it had is saved.
  case released(String)
}
