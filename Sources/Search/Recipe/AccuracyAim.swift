public import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPRecipes

/// What a search calls accuracy where that is not mean recall@1 on one set: a metric of one or more data sets, weighted, with
/// floors; or what a program of the user's says.
public struct AccuracyAim: Equatable, Sendable {
  /// One data set with the figure that counts on it.
  public struct Part: Equatable, Sendable {
    /// The data's path.
    public var data: String
    /// What counts.
    public var figure: AccuracyFigure
    /// How much it counts, beside the other sets' weights.
    public var weight: Double
    /// What an answer must have on this set at the least, 0 to 1; nil for no floor.
    public var floor: Double?
    /// How the data is read, and whether the recipe says which part of it.
    var options: DataSetOptions
    var statesSplit = false
    /// Where the recipe names it.
    let origin: String

    /// `acc1 on scenes:classes`.
    public var title: String { "\(figure.title) on \(data)" }
  }

  /// The data sets; empty where a program measures.
  public var parts: [Part]
  /// The program that measures; nil for data sets.
  public var command: MetricCommand?

  /// What reports call it: `acc1`, `weighted mean of mean recall@1 on a and acc1 on b`, or the program's name.
  public var name: String {
    if let command { return command.name }
    guard parts.count > 1 else { return parts.first?.figure.title ?? "" }
    let isWeighted = Set(parts.map(\.weight)).count > 1
    return "\(isWeighted ? "weighted mean" : "mean") of \(parts.map(\.title).joined(separator: " and "))"
  }

  /// A name short enough for the head of a column: `acc1`, `mean_recall@5`, `accuracy` where several are meant.
  public var shortName: String {
    if let command { return command.name }
    return parts.count == 1 ? parts[0].figure.description : "accuracy"
  }

  /// The data's paths, or the program that measures.
  var dataText: String { command?.summary ?? parts.map(\.data).joined(separator: ", ") }

  /// What a measurement depends on, for fingerprints: floors play no part, they only judge it.
  var text: String {
    if let command { return command.text }
    return parts.map { "\($0.figure) \($0.weight)" }.joined(separator: "; ")
  }

  /// Whether it says no more than a search does by itself.
  var isStandard: Bool { command == nil && parts.count == 1 && parts[0].figure == .recall(1) && parts[0].floor == nil }

  /// Several figures as one accuracy: the mean by weight. Sets err independently.
  func combined(_ found: [FoundFigure]) -> (mean: Double, error: Double, chance: Double) {
    let total = parts.reduce(0) { $0 + $1.weight }
    let pairs = zip(parts, found)
    return (
      pairs.reduce(0) { $0 + $1.0.weight * $1.1.value.value } / total,
      pairs.reduce(0) { $0 + ($1.0.weight * $1.1.value.standardError) * ($1.0.weight * $1.1.value.standardError) }
        .squareRoot() / total,
      pairs.reduce(0) { $0 + $1.0.weight * $1.1.chance } / total
    )
  }
}

/// The keys of a recipe that say what accuracy is: `task`, `metric`, `validation`, `test`, `classnames`, `templates`.
struct AccuracyKeys {
  private let metricNode: RecipeNode?, validationNode: RecipeNode?, testNode: RecipeNode?
  private let task: EvaluationTask?
  let classNames: String?, templates: String?

  init(_ reader: inout RecipeReader) throws {
    metricNode = reader.node("metric")
    validationNode = reader.node("validation")
    testNode = reader.node("test")
    let word = try reader.text("task")
    task = try word.map { word in
      guard let task = Self.tasks[word] else {
        throw reader.error("task", "must be retrieval or classification, found \(word.quoted())")
      }
      return task
    }
    classNames = try reader.text("classnames")
    templates = try reader.text("templates")
    if templates != nil, classNames == nil, task == .retrieval {
      throw reader.error("templates", "belong to classification")
    }
  }

  private static let tasks: [String: EvaluationTask] = [
    "retrieval": .retrieval, "zeroshot_retrieval": .retrieval, "classification": .classification,
    "zeroshot_classification": .classification,
  ]

  /// The data options with class names and templates of the user's own.
  func applied(to options: DataSetOptions) -> DataSetOptions {
    var named = DataSetOptions()
    named.classNames = classNames
    named.templates = templates
    return options.naming(classesOf: named)
  }

  /// Whether a set is both searched by and tested on.
  func sharesData(_ aim: AccuracyAim?, _ tests: AccuracyAim?) -> Bool {
    guard testNode != nil || validationNode != nil, let aim, let tests else { return false }
    return aim.parts.contains { part in
      tests.parts.contains {
        $0.data == part.data && !($0.statesSplit && $0.options.split != part.options.split)
      }
    }
  }

  /// Whether validation data is named by ``validation``, or measured by a program.
  var namesData: Bool { validationNode != nil || isCommand }
  var namesTests: Bool { testNode != nil }

  private var isCommand: Bool { if case .map = metricNode?.value { true } else { false } }

  /// What counts, for the whole search; nil for mean recall@1 on `val-data`.
  /// - Parameters:
  ///   - single: `val-data`, its place, and how it is read
  /// - Throws: `InputError` naming the place.
  func aim(single: (path: String, node: RecipeNode)?, _ options: DataSetOptions) throws -> AccuracyAim? {
    if let metricNode, isCommand {
      if let other = validationNode ?? single?.node ?? testNode {
        throw other.error("metric: {command: ...} measures by a program, on data of its own", advice: "leave this out")
      }
      return AccuracyAim(parts: [], command: try MetricCommand(metricNode))
    }
    let parts: [AccuracyAim.Part]
    if let validationNode {
      if let single { throw single.node.error("val-data and validation exclude each other") }
      if let metricNode { throw metricNode.error("metric stands with each set of validation", advice: "move it there") }
      parts = try Self.parts(validationNode, "validation", options, self)
    } else if let single {
      parts = [try part(single.path, metricNode, weight: 1, floor: nil, options, at: single.node)]
    } else {
      return nil
    }
    let aim = AccuracyAim(parts: parts, command: nil)
    return aim.isStandard && validationNode == nil ? nil : aim
  }

  /// What answers are measured on once, with the figures of the aim where nothing else is said; nil for no test data.
  /// - Throws: `InputError` naming the place.
  func tests(
    single: (path: String, node: RecipeNode)?, _ options: DataSetOptions, like aim: AccuracyAim?
  ) throws -> AccuracyAim? {
    if let testNode {
      if let single { throw single.node.error("test-data and test exclude each other") }
      let parts = try Self.parts(testNode, "test", options, self)
      if let floor = parts.first(where: { $0.floor != nil }) {
        throw InputError("\(floor.origin): at-least judges candidates: it belongs to validation, not to test")
      }
      return AccuracyAim(parts: parts, command: nil)
    }
    guard let single, let aim, aim.command == nil else { return nil }
    guard aim.parts.count == 1, let figure = aim.parts.first?.figure else {
      // One test set for several validation sets: what it holds decides which figure is meant.
      return AccuracyAim(
        parts: [try part(single.path, nil, weight: 1, floor: nil, options, at: single.node)], command: nil)
    }
    let part = AccuracyAim.Part(
      data: single.path, figure: figure, weight: 1, floor: nil, options: options, origin: single.node.origin)
    return AccuracyAim(parts: [part], command: nil)
  }

  private func part(
    _ path: String, _ metric: RecipeNode?, weight: Double, floor: Double?, _ options: DataSetOptions,
    at place: RecipeNode
  ) throws -> AccuracyAim.Part {
    let isOfClasses =
      task.map { $0 == .classification } ?? ClassificationData.recognizes(path, options)
    guard let metric else {
      return AccuracyAim.Part(
        data: path, figure: .standard(ofClasses: isOfClasses), weight: weight, floor: floor, options: options,
        origin: place.origin)
    }
    guard let name = metric.textValue else { throw metric.error("metric must be a name, found \(metric.short)") }
    let figure = try metric.naming { try AccuracyFigure(parsing: name) }
    guard figure.isOfClasses == isOfClasses else {
      throw metric.error(
        "\(figure) is a metric of \(figure.isOfClasses ? "classification" : "retrieval"), but \(path) is "
          + (isOfClasses ? "classified" : "searched"),
        advice: isOfClasses ? "name acc1, acc5 or mean_per_class_recall" : "name recall@1, or data with class names")
    }
    return AccuracyAim.Part(
      data: path, figure: figure, weight: weight, floor: floor, options: options, origin: place.origin)
  }

  private static func parts(
    _ node: RecipeNode, _ key: String, _ options: DataSetOptions, _ keys: AccuracyKeys
  ) throws -> [AccuracyAim.Part] {
    let example = "such as - {data: shards/val, metric: recall@1, weight: 2}"
    guard case .list(let items) = node.value, !items.isEmpty else {
      throw node.error("\(key) must be a list of data sets, found \(node.short)", advice: example)
    }
    var parts: [AccuracyAim.Part] = []
    for item in items {
      guard case .map = item.value else {
        throw item.error("\(key) must hold data sets with their keys, found \(item.short)", advice: example)
      }
      var reader = try RecipeReader(item, as: .search)
      guard let data = try reader.text("data") else { throw item.error("data is missing", advice: example) }
      var own = options
      let split = try reader.text("split")
      if let split { own.split = split }
      if let names = try reader.text("classnames") { own.classNames = names }
      if let templates = try reader.text("templates") { own.templates = templates }
      if let root = try reader.text("image-root") { own.imageRoot = root }
      let weight = try reader.number("weight", in: 1e-6...1e6) ?? 1
      let floor = try reader.text("at-least").map { text in
        guard let share = Percentage(Substring(text.filter { $0 != " " })), (0...1).contains(share.value) else {
          throw reader.error("at-least", "must be a share, found \(text.quoted())", "such as at-least: 40 %")
        }
        return share.value
      }
      let metric = reader.node("metric")
      try reader.finish()
      var part = try keys.part(data, metric, weight: weight, floor: floor, own, at: item)
      part.statesSplit = split != nil
      parts.append(part)
    }
    let keysOf = parts.map { "\($0.data) \($0.options.split ?? "") \($0.figure)" }
    if let twice = keysOf.indices.first(where: { keysOf[..<$0].contains(keysOf[$0]) }) {
      throw items[twice].error("\(parts[twice].title) stands twice")
    }
    return parts
  }
}
