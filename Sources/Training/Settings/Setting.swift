package import CLIPFiles
import CLIPRecipes

/// One setting, declared once: its key, what it may be, what it is for, and where its value stands.
///
/// A recipe is read through these, a run's record is written through them, the flags of `train` and `finetune` are made
/// of them, and so is the table in `docs/training.md`.
package struct Setting<Root>: Sendable {
  /// Its key in a recipe; its flag is the same with two dashes.
  package let key: String
  package let kind: SettingKind
  /// One line for `--help`; `{default}` stands for what holds where nothing is said.
  package let help: String
  /// Whether it has a flag of its own; parts of `--loss` and `--aug-cfg` have none.
  package let hasFlag: Bool
  /// Takes it out of a recipe; a key that is not there leaves the value alone.
  let read: @Sendable (_ from: inout RecipeReader, _ to: inout Root) throws -> Void
  /// What stands now; nil where there is nothing to write down.
  package let value: @Sendable (Root) -> JSONValue?

  init(
    _ key: String, _ kind: SettingKind, help: String, hasFlag: Bool = true,
    read: @escaping @Sendable (inout RecipeReader, inout Root) throws -> Void,
    value: @escaping @Sendable (Root) -> JSONValue?
  ) {
    self.key = key
    self.kind = kind
    self.help = help
    self.hasFlag = hasFlag
    self.read = read
    self.value = value
  }

  /// A setting of something that is held at `path`.
  init<Held>(_ held: Setting<Held>, at path: WritableKeyPath<Root, Held> & Sendable) {
    key = held.key
    help = held.help
    hasFlag = held.hasFlag
    kind = held.kind
    read = { try held.read(&$0, &$1[keyPath: path]) }
    value = { held.value($0[keyPath: path]) }
  }

  /// - Throws: ``InputError`` naming the setting when its value is outside of what it may be.
  func check(_ root: Root) throws {
    guard let value = value(root) else { return }
    let range: String?
    switch kind {
    case .integer(let bounds):
      range = value.intValue.map(bounds.contains) == false ? "\(bounds.lowerBound) to \(bounds.upperBound)" : nil
    case .number(let bounds):
      // Not a number is in no range.
      range = value.doubleValue.map(bounds.contains) == false ? "\(bounds.lowerBound) to \(bounds.upperBound)" : nil
    case .text, .texts, .flag, .numbers, .choice, .weights: range = nil
    }
    if let range { throw InputError("\(key) must be from \(range), found \(value.text())") }
  }
}

/// What a setting's value may be.
package enum SettingKind: Sendable {
  case text
  /// A text, or several.
  case texts
  case flag
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case numbers(ClosedRange<Double>)
  /// One of some words.
  case choice([String])
  /// Names with numbers.
  case weights
}

// The kinds, each with how it is read and written.
extension Setting {
  static func text(_ key: String, _ path: WritableKeyPath<Root, String?> & Sendable, _ help: String) -> Setting {
    Setting(
      key, .text, help: help, read: { if let value = try $0.text(key) { $1[keyPath: path] = value } },
      value: { $0[keyPath: path].map { .string($0) } })
  }

  static func text(_ key: String, _ path: WritableKeyPath<Root, String> & Sendable, _ help: String) -> Setting {
    Setting(
      key, .text, help: help, read: { if let value = try $0.text(key) { $1[keyPath: path] = value } },
      value: { .string($0[keyPath: path]) })
  }

  static func texts(_ key: String, _ path: WritableKeyPath<Root, [String]> & Sendable, _ help: String) -> Setting {
    Setting(
      key, .texts, help: help, read: { if let value = try $0.texts(key) { $1[keyPath: path] = value } },
      value: { $0[keyPath: path].isEmpty ? nil : .array($0[keyPath: path].map { .string($0) }) })
  }

  /// - Parameter standard: what holds where nothing is said; false is not written down then
  static func flag(
    _ key: String, _ path: WritableKeyPath<Root, Bool> & Sendable, standard: Bool = false, hasFlag: Bool = true,
    _ help: String
  ) -> Setting {
    Setting(
      key, .flag, help: help, hasFlag: hasFlag,
      read: { if let value = try $0.bool(key) { $1[keyPath: path] = value } },
      value: { $0[keyPath: path] || standard ? .bool($0[keyPath: path]) : nil })
  }

  static func integer(
    _ key: String, _ path: WritableKeyPath<Root, Int> & Sendable, in range: ClosedRange<Int>, _ help: String
  ) -> Setting {
    Setting(
      key, .integer(range), help: help,
      read: { if let value = try $0.integer(key, in: range) { $1[keyPath: path] = value } },
      value: { .integer($0[keyPath: path]) })
  }

  static func integer(
    _ key: String, _ path: WritableKeyPath<Root, Int?> & Sendable, in range: ClosedRange<Int>, _ help: String
  ) -> Setting {
    Setting(
      key, .integer(range), help: help,
      read: { if let value = try $0.integer(key, in: range) { $1[keyPath: path] = value } },
      value: { $0[keyPath: path].map { .integer($0) } })
  }

  static func number(
    _ key: String, _ path: WritableKeyPath<Root, Double> & Sendable, in range: ClosedRange<Double>,
    hasFlag: Bool = true, _ help: String
  ) -> Setting {
    Setting(
      key, .number(range), help: help, hasFlag: hasFlag,
      read: { if let value = try $0.number(key, in: range) { $1[keyPath: path] = value } },
      value: { .number($0[keyPath: path]) })
  }

  static func number(
    _ key: String, _ path: WritableKeyPath<Root, Double?> & Sendable, in range: ClosedRange<Double>, _ help: String
  ) -> Setting {
    Setting(
      key, .number(range), help: help,
      read: { if let value = try $0.number(key, in: range) { $1[keyPath: path] = value } },
      value: { $0[keyPath: path].map { .number($0) } })
  }

  static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, Choice> & Sendable, _ help: String
  ) -> Setting where Choice.RawValue == String {
    Setting(
      key, .choice(Choice.allCases.map(\.rawValue)), help: help,
      read: { if let value = try $0.choice(key, Choice.self) { $1[keyPath: path] = value } },
      value: { .string($0[keyPath: path].rawValue) })
  }
}

/// How messages name settings: by their keys, or as the flags that a user of the command line has.
public enum SettingNames: Sendable {
  /// `lr`
  case keys
  /// `--lr`
  case flags

  func callAsFunction(_ key: String) -> String {
    switch self {
    case .keys: key
    case .flags: "--\(key)"
    }
  }
}
