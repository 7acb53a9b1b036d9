import Files
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
  public static func read(_ path: String) throws -> RecipeNode {
    let text = try TextFile.text(of: path, limit: largestFile)
    return try parse(text, origin: path)
  }

  /// The recipe in a text.
  ///
  /// - Parameter origin: what messages call the text
  /// - Throws: ``InputError`` naming the origin and the line.
  public static func parse(_ text: String, origin: String) throws -> RecipeNode {
    // Anchors could repeat a part without end; no recipe needs them.
    let root: Node?
    do {
      root = try Parser(yaml: text, resolver: .basic).singleRoot()
    } catch let error as YamlError {
      throw InputError(describe(error), file: origin, advice: "see docs/recipes.md for the format")
    } catch {
      throw InputError("is not YAML", file: origin)
    }
    guard let root else { throw InputError("is empty", file: origin) }
    var left = 100_000
    let node = try convert(root, origin, depth: 0, &left)
    guard case .map = node.value else {
      throw InputError("expected keys with values, found \(node.kind)", file: origin)
    }
    return node
  }

  private static func describe(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem.singleLine)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "line \(context.mark.line): key \(duplicates.first?.quoted() ?? "") stands twice"
    default: "is not YAML: \("\(error)".singleLine)"
    }
  }

  private static func convert(_ node: Node, _ origin: String, depth: Int, _ left: inout Int) throws -> RecipeNode {
    let place = node.mark.map { "\(origin): line \($0.line)" } ?? origin
    left -= 1
    guard depth < deepest, left > 0 else { throw InputError("\(place): is nested too deeply or too long") }
    switch node {
    case .scalar(let scalar): return RecipeNode(resolve(scalar), origin: place)
    case .sequence(let items):
      var list: [RecipeNode] = []
      for item in items { list.append(try convert(item, origin, depth: depth + 1, &left)) }
      return RecipeNode(.list(list), origin: place)
    case .mapping(let pairs):
      var members: [(key: String, node: RecipeNode)] = []
      for (key, value) in pairs {
        guard case .scalar(let scalar) = key else { throw InputError("\(place): keys must be plain words") }
        let name = normalized(scalar.string)
        guard !members.contains(where: { $0.key == name }) else {
          throw InputError("\(place): key \(name.quoted()) stands twice")
        }
        members.append((name, try convert(value, origin, depth: depth + 1, &left)))
      }
      return RecipeNode(.map(members), origin: place)
    case .alias: throw InputError("\(place): references (*name) are not supported")
    }
  }

  /// Underscores count as dashes.
  public static func normalized(_ key: String) -> String { String(key.map { $0 == "_" ? "-" : $0 }) }

  private static func resolve(_ scalar: Node.Scalar) -> RecipeNode.Value {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
    return value(of: text)
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
    let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && text.utf8.contains { (48...57).contains($0) }
    if isDecimal, let number = Double(text), number.isFinite { return .number(number) }
    return .string(text)
  }
}
