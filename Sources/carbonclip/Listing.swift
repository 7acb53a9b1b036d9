import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPOptimization
import CLIPPruning
import CLIPRecipes
import CLIPTraining
import CLIPUnits

/// One kind of thing that has names: what `list` shows of it.
struct Listing: Sendable {
  struct Item {
    let name: String
    /// One line of what it is.
    let summary: String
    /// Another name that a filter may look for.
    var title: String?
    /// Numbers, for JSON.
    var figures = JSONObject()

    init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// As the command line calls it, in the plural.
  let kind: String
  /// One of them.
  let one: String
  /// Where the names are used.
  let summary: String
  let items: @Sendable () throws -> [Item]
  /// The file of a name, for what is written in one.
  var file: (@Sendable (String) throws -> String)?

  static let all: [Listing] = [
    Listing(kind: "models", one: "model", summary: "shapes: --model; carbonclip models has their sizes") {
      NamedModels.all.map { model in
        var item = Item(model.name, model.description)
        item.figures = ["parameters": .integer(model.configuration.parameterCount)]
        return item
      }
    },
    Listing(
      kind: "checkpoints", one: "checkpoint", summary: "trained models that come along: --pretrained",
      items: {
        ShareFolder.names(in: "checkpoints").filter { Folder.exists((ShareFolder.path ?? ".") + "/checkpoints/\($0)") }
          .map { Item($0, checkpointSummary($0)) }
      }),
    Listing(
      kind: "recipes", one: "recipe", summary: "experiments that come along: search, train, finetune, family, estimate",
      items: { try Recipe.shipped.map { Item($0, try firstLine(Recipe.file(named: $0))) } },
      file: { try Recipe.file(named: $0) }),
    Listing(
      kind: "photographs", one: "data set", summary: "labeled pictures that come along: --data",
      items: {
        try ShareFolder.names(in: photographs).filter {
          Folder.exists("\(ShareFolder.path ?? ".")/\(photographs)/\($0)")
        }
        .map { name in
          let classes = try TextFile.lines(of: "\(ShareFolder.path ?? ".")/\(photographs)/\(name)/classnames.txt")
            .filter { !$0.isEmpty }
          return Item(
            "\(photographs)/\(name)", "\(classes.count) classes: \(classes.prefix(3).joined(separator: ", ")) ...")
        }
      }),
    Listing(
      kind: "designs", one: "accelerator", summary: "estimate --design; a recipe's design",
      items: { try AcceleratorDesign.names().map { Item($0, try firstLine(design($0))) } }, file: design),
    Listing(
      kind: "spaces", one: "design space", summary: "estimate --sweep --space; a search's hardware",
      items: {
        try DesignSpace.names().map { name in
          var item = Item(name, try firstLine(space(name)))
          item.figures = ["designs": .integer(try DesignSpace.named(name).count)]
          return item
        }
      }, file: space),
    Listing(
      kind: "memories", one: "memory", summary: "what a design's weights-in and dram may be: --weights-in, --dram",
      items: {
        let memories = try MemoryCatalog()
        func unread(_ figures: [String]) -> String {
          figures.isEmpty ? "" : "; not read at a source: \(figures.joined(separator: ", "))"
        }
        return memories.dram.map { device in
          Item(
            device.name, "DRAM: \(device.part), \(Figures.significant(device.megabytes)) MB\(unread(device.unverified))"
          )
        }
          + memories.weights.map { memory in
            Item(memory.name, "weights, \(memory.place.rawValue): \(memory.part)\(unread(memory.unverified))")
          }
      }),
    Listing(
      kind: "scenarios", one: "scenario", summary: "how a chip is made and used: --scenario; a recipe's scenario",
      items: { try Scenario.names().map { Item($0, try firstLine(scenario($0))) } }, file: scenario),
    Listing(
      kind: "devices", one: "device", summary: "what a chip works in: --device; a scenario's device",
      items: { try Device.names().map { Item($0, try firstLine(device($0))) } }, file: device),
    Listing(kind: "grids", one: "grid", summary: "electricity: --grid, by code or name") {
      try GridTable().grids.map { grid in
        var item = Item(grid.code, "\(grid.name), \(grid.year.map { "\($0), " } ?? "")\(grid.intensity)")
        item.title = grid.name
        item.figures = ["gco2e_per_kwh": .number(grid.intensity.value)]
        return item
      }
    },
    Listing(kind: "metrics", one: "metric", summary: "what is made small or limited: --objectives, --limit") {
      Metric.allCases.map { Item($0.rawValue, $0.summary) }
    },
    Listing(kind: "strategies", one: "strategy", summary: "what tells pruning which parts matter: prune --strategy") {
      ImportanceCatalog.strategies.map { Item($0.name, $0.summary) } + [Item(MaskLearning.name, MaskLearning.summary)]
    },
    Listing(kind: "losses", one: "loss", summary: "terms of training's loss: train --loss NAME=WEIGHT") {
      LossCatalog.losses.map { Item(type(of: $0).name, type(of: $0).summary) }
    },
    Listing(kind: "optimizers", one: "optimizer", summary: "of training: train --opt") {
      OptimizerCatalog.summaries.map { Item($0.name, $0.summary) }
    },
    Listing(kind: "proposers", one: "proposer", summary: "what proposes a search's trials: search --optimizer") {
      StandardStrategy.allCases.map { Item($0.name, $0.summary) }
    },
    Listing(kind: "formats", one: "format", summary: "of data: --dataset-type") {
      FormatCatalog.formats.map { Item($0.name, $0.summary) }
    },
  ]

  private static let photographs = "data/photographs"

  static func table(_ title: String, _ items: [Item]) -> String {
    var table = Table([title, "what it is"], words: [0, 1])
    for item in items { table.add([item.name, item.summary]) }
    return table.shown
  }

  static func json(_ items: [Item]) -> JSONValue {
    .array(
      items.map { item in
        var object: JSONObject = ["name": .string(item.name), "description": .string(item.summary)]
        for (key, value) in item.figures.pairs { object[key] = value }
        return .object(object)
      })
  }

  private static func design(_ name: String) throws -> String { try DataFolder.path("accelerators/\(name).yaml") }
  private static func space(_ name: String) throws -> String {
    try DataFolder.path("accelerators/\(name)\(DesignSpace.suffix)")
  }
  private static func device(_ name: String) throws -> String { try DataFolder.path("devices/\(name).yaml") }
  private static func scenario(_ name: String) throws -> String { try DataFolder.path("scenarios/\(name).yaml") }

  /// The first sentence of the comment that heads a file.
  private static func firstLine(_ file: String) throws -> String {
    var words: [Substring] = []
    for line in try TextFile.text(of: file, limit: 1 << 20).split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("#"), !line.dropFirst().allSatisfy(\.isWhitespace) else { break }
      for word in line.dropFirst().split(separator: " ") {
        words.append(word)
        if word.hasSuffix(".") || word.hasSuffix(":"), word.count > 2 {
          return words.joined(separator: " ").dropLast().description
        }
      }
    }
    return words.joined(separator: " ")
  }

  /// The title of a checkpoint's card.
  private static func checkpointSummary(_ name: String) -> String {
    let path = (ShareFolder.path ?? ".") + "/checkpoints/\(name)/README.md"
    guard let text = try? TextFile.text(of: path, limit: 1 << 20) else { return "" }
    var lines = text.split(separator: "\n")[...]
    if lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") { lines = lines[(end + 1)...] }
    let line = lines.first { !$0.hasPrefix("#") && !$0.hasPrefix("<") && !$0.hasPrefix("|") } ?? ""
    return line.firstRange(of: ". ").map { String(line[..<$0.lowerBound]) } ?? String(line)
  }
}
