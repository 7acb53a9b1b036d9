import ArgumentParser
import CLIPRecipes
import CLIPTraining

/// A flag for each setting that is declared with one: its name, help and kind are the declaration's.
///
/// ArgumentParser finds a type's flags in its mirror; this one's is made of the declarations instead of properties.
struct SettingFlags: ParsableArguments, CustomReflectable {
  /// What was given, by key. A flag that is not given says nothing: its value comes from the recipe or is the standard.
  private(set) var given: [(key: String, value: RecipeNode.Value)] = []

  init() {}

  private static let settings = TrainingRequest.all.filter(\.hasFlag)

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Self.settings.map { setting -> (String?, Any) in
        let name = NameSpecification.customLong(setting.key), help = ArgumentHelp(stringLiteral: Self.help(setting))
        switch setting.kind {
        case .flag: return (setting.key, Flag(wrappedValue: false, name: name, help: help))
        case .integer: return (setting.key, Option<Int?>(name: name, help: help))
        case .number: return (setting.key, Option<Double?>(name: name, help: help))
        case .text:
          let isPath = RecipeKind.training.paths.union(RecipeKind.training.names).contains(setting.key)
          return (setting.key, Option<String?>(name: name, help: help, completion: isPath ? .file() : nil))
        case .choice(let words):
          return (setting.key, Option<String?>(name: name, help: help, completion: .list(words)))
        case .texts, .numbers, .weights:
          return (setting.key, Option<[String]>(wrappedValue: [], name: name, help: help))
        }
      })
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    for setting in Self.settings {
      let key = Key(stringValue: setting.key)
      let value: RecipeNode.Value? =
        switch setting.kind {
        case .flag: try values.decode(Flag<Bool>.self, forKey: key).wrappedValue ? .bool(true) : nil
        case .integer: try values.decode(Option<Int?>.self, forKey: key).wrappedValue.map { .integer($0) }
        case .number: try values.decode(Option<Double?>.self, forKey: key).wrappedValue.map { .number($0) }
        case .text, .choice: try values.decode(Option<String?>.self, forKey: key).wrappedValue.map { .string($0) }
        case .texts, .numbers, .weights:
          Self.list(try values.decode(Option<[String]>.self, forKey: key).wrappedValue)
        }
      if let value { given.append((setting.key, value)) }
    }
  }

  private static func list(_ texts: [String]) -> RecipeNode.Value? {
    texts.isEmpty ? nil : .list(texts.map { RecipeNode(.string($0), origin: "command line") })
  }

  /// The declaration's line with its defaults written in.
  private static func help(_ setting: Setting<TrainingRequest>) -> String {
    setting.help.replacing("{default}", with: TrainingRequest.standard(of: setting))
  }
}
