import CLIPFiles
import Yams

/// Reads recipes: YAML files with the settings of a run.
///
/// Keys are spelled like the command line's flags, without the dashes in front; underscores count as dashes. Whole
/// numbers, decimal numbers (also `5e-4`), `true`, `false` and `null` are read as such; everything else is text, so that
/// `no` stays the country.
public enum Recipe {
  /// No recipe is longer.
  private static let largestFile = 1 << 20
  private static let deepest = 32

  /// The recipe in a file, a map.
  /// - Throws: ``InputError`` naming the file and the line.
  ///
  /// Files that it names are looked for from the folder that one is in, beside the recipe, in the folders above it and with
  /// what comes along with the program; a text that is found elsewhere than in the first becomes the path of what was found.
  public static func read(_ path: String, as kind: RecipeKind = .training) throws -> RecipeNode {
    let text = try TextFile.text(of: path, limit: largestFile)
    return try parse(text, origin: path, as: kind).locating(kind, besideFile: path)
  }

  /// The recipe in a text.
  ///
  /// - Parameters:
  ///   - origin: what messages call the text
  ///   - kind: what it is for
  /// - Throws: ``InputError`` naming the origin and the line.
  public static func parse(_ text: String, origin: String, as kind: RecipeKind = .training) throws -> RecipeNode {
    let advice = "write settings such as \"\(kind.example)\""
    try RecipeGuard.check(text, origin: origin)
    let root: Node?
    let parser: Parser
    do {
      parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      root = try parser.singleRoot()
    } catch let error as YamlError {
      throw describe(error, origin)
    } catch {
      throw InputError("is not YAML", file: origin, advice: formatAdvice)
    }
    guard let root else { throw InputError("is empty", file: origin, advice: advice) }
    var left = 100_000
    // Nodes hold their anchors weakly: they live as long as the parser.
    let node = try withExtendedLifetime(parser) { try convert(root, origin, depth: 0, &left, place: nil) }
    if case .null = node.value {
      throw InputError("is empty", file: origin, advice: advice)
    }
    guard case .map = node.value else {
      throw InputError("expected keys with values, found \(node.kind)", file: origin, advice: advice)
    }
    return node
  }

  private static let formatAdvice = "see docs/recipes.md for the format"

  private static func describe(_ error: YamlError, _ origin: String) -> InputError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      return InputError("not valid YAML: \(problem)", file: origin, at: "line \(mark.line)", advice: formatAdvice)
    case .composer(_, let problem, let mark, _):
      if problem.contains("another document") {
        return InputError(
          "a second document begins", file: origin, at: "line \(mark.line)",
          advice: "put each recipe into a file of its own")
      }
      return InputError("not valid YAML: \(problem)", file: origin, at: "line \(mark.line)", advice: formatAdvice)
    case .duplicatedKeysInMapping(let duplicates, let context):
      return InputError(
        "key \(normalized(duplicates.first ?? "").quoted()) stands twice", file: origin,
        at: "line \(context.mark.line)", advice: "remove one of the two")
    case .reader(let problem, _, _, _):
      return InputError("not valid YAML: \(problem)", file: origin, advice: "remove control characters from the file")
    default: return InputError("is not YAML", file: origin, advice: formatAdvice)
    }
  }

  /// - Parameter place: where the node's key stands; a value on the lines below its key is found there
  private static func convert(
    _ node: Node, _ origin: String, depth: Int, _ left: inout Int, place: String?
  ) throws -> RecipeNode {
    let own = node.mark.map { "\(origin): line \($0.line)" } ?? origin
    let place = place ?? own
    left -= 1
    guard depth < deepest, left > 0 else {
      throw InputError(
        "\(own): is nested more than \(deepest) deep or the recipe too long", advice: "write it with fewer levels")
    }
    guard node.anchor == nil else {
      throw InputError("\(own): names for parts (&name) are not supported", advice: "quote text that begins with &")
    }
    switch node {
    case .scalar(let scalar):
      try refuseTag(scalar.tag.description, besides: "str", own)
      return resolve(scalar, place)
    case .sequence(let items):
      try refuseTag(items.tag.description, besides: "seq", own)
      var list: [RecipeNode] = []
      for item in items { list.append(try convert(item, origin, depth: depth + 1, &left, place: nil)) }
      return RecipeNode(.list(list), origin: place)
    case .mapping(let pairs):
      try refuseTag(pairs.tag.description, besides: "map", own)
      var members: [(key: String, node: RecipeNode)] = []
      var names: Set<String> = []
      for (key, value) in pairs {
        let line = key.mark.map { "\(origin): line \($0.line)" } ?? own
        guard case .scalar(let scalar) = key, !scalar.string.isEmpty else {
          throw InputError("\(line): keys must be plain words", advice: formatAdvice)
        }
        let name = normalized(scalar.string)
        guard names.insert(name).inserted else {
          throw InputError("\(line): key \(name.quoted()) stands twice", advice: "remove one of the two")
        }
        members.append((name, try convert(value, origin, depth: depth + 1, &left, place: line)))
      }
      return RecipeNode(.map(members), origin: place)
    case .alias: throw InputError("\(own): references (*name) are not supported")
    }
  }

  /// Tags change what a value means (`!!str 5`); quotes say the same and are seen by everyone.
  private static func refuseTag(_ tag: String, besides kind: String, _ place: String) throws {
    let implied = ["", "!", "tag:yaml.org,2002:\(kind)"]
    guard implied.contains(tag) else {
      throw InputError("\(place): tags (\(tag.quoted())) are not supported", advice: "put text into quotes instead")
    }
  }

  /// Underscores count as dashes.
  public static func normalized(_ key: String) -> String { String(key.map { $0 == "_" ? "-" : $0 }) }

  private static func resolve(_ scalar: Node.Scalar, _ place: String) -> RecipeNode {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any, scalar.tag.description != "tag:yaml.org,2002:str" else {
      return RecipeNode(.string(text), origin: place)
    }
    return RecipeNode(word: text, origin: place)
  }

  /// What a plain word stands for.
  public static func value(of text: String) -> RecipeNode.Value {
    switch text {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if let integer = Int(text) { return .integer(integer) }
    // Words such as `nan` and `infinity`, and hexadecimal, are text here.
    let isDecimal =
      text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
      && text.utf8.contains { (48...57).contains($0) }
    if isDecimal, let number = Double(text), number.isFinite { return .number(number) }
    return .string(text)
  }
}
