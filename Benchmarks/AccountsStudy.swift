import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPUnits
import Foundation

/// What became of each model's best design when the account grew: what is computed, which memories there are, how wide the
/// space is; in each boundary.
struct AccountsStudy {
  var models =
    ["checkpoints/base"] + ["xs", "s", "m", "l", "xl"].map { "checkpoints/carbonclip-\($0)" }
    + ["ViT-B-16", "ViT-B-32", "TinyCLIP-ViT-39M-16-Text-19M"]
  var scenario = "camera"
  var spaces = (before: "camera-1920", now: "camera")
  var threads = 2
  var output: String?

  static let usage = """
    usage: Benchmarks accounts [--models NAMES] [--scenario NAME] [--before SPACE] [--space SPACE] [--threads N]
                               [--output FILE.md]
                    each model's best design by the first account and by today's, and what each change of the account does
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw InputError(Self.usage) }
      switch name {
      case "--models": models = value.split(separator: ",").map(String.init)
      case "--scenario": scenario = value
      case "--before": spaces.before = value
      case "--space": spaces.now = value
      case "--threads":
        guard let number = Int(value), (1...1024).contains(number) else { throw InputError(Self.usage) }
        threads = number
      case "--output": output = value
      default: throw InputError(Self.usage)
      }
    }
  }

  /// Words of a scenario's keys.
  private typealias Changes = [(key: String, word: String)]

  /// Every text anew beside its picture, every token through the last block: what was counted at first.
  private static let first: Changes = [
    ("texts-per-image", "1"), ("text-tokens", "all"), ("last-block", "all-tokens"), ("images-per-fetch", "1"),
  ]
  private static let kept: Changes = [("last-block", "all-tokens")]

  /// A design that was found to be best.
  private struct Best {
    let design: AssessedDesign
    let ends: [AxisEnd]

    var carbon: String { design.carbon.map { AccountsStudy.text($0.total.value) } ?? "-" }
    /// Where designs beyond it could be built.
    var walls: String {
      let free = ends.filter { $0.limit == nil }.map(\.axis)
      return free.isEmpty ? "none" : free.joined(separator: ", ")
    }
    /// `1 x 24x4, 4 KB, 48 KB`, with the memories that it names.
    var name: String {
      let chip = design.design
      let sizes = "\(chip.clusters) x \(chip.width)x\(chip.depth), \(chip.l2Kilobytes) KB, \(chip.bufferSize)"
      return chip.isPricedByGigabyte ? sizes : sizes + ", \(memory)"
    }
    /// Where its weights lie, `sram` or a DRAM's name.
    var memory: String {
      let chip = design.design
      if chip.isPricedByGigabyte { return "by the gigabyte" }
      return chip.weightsIn == AcceleratorDesign.inDRAM ? chip.dram : chip.weightsIn
    }
  }

  private static func text(_ kilograms: Double) -> String { "\(KilogramsCO2e(kilograms))" }

  func run(_ arguments: [String]) throws {
    let pool = ThreadPool(threads: threads)
    var report = Report(arguments, output: output)
    let now = try DesignSpace.named(spaces.now), before = try DesignSpace.named(spaces.before)
    let paper = try DesignSpace.paper(),
      places = try Places(now, node: Scenario.named(scenario).manufacture.process.node.value)
    for boundary in Boundary.allCases {
      var then = Table(["model", "before", "its design", "its walls", "now", "its design", "its walls"])
      var steps = Table(
        ["model", "first account", "wider space", "prompts kept", "last block for the pooled token"]
          + ["DRAM device", "flash", "MRAM", "SRAM"].flatMap { [$0, "which"] })
      for name in models {
        let shape = try ModelDescription.resolve(name).configuration
        func best(_ changes: Changes, _ space: DesignSpace) throws -> Best? {
          let scenario = try Scenario.named(
            scenario,
            changing: (changes + [("boundary", boundary.rawValue)]).map {
              ScenarioChange($0.key, RecipeNode(word: $0.word, origin: "Benchmarks accounts"))
            })
          let assessor = try Assessor(in: scenario)
          guard let found = try assessor.optimum([.carbon], of: shape, across: space, on: pool).least.first else {
            return nil
          }
          return Best(design: found.design, ends: found.ends)
        }
        // What no small chip does in time was looked for among the paper's.
        var old = try best(Self.first, before)
        if old == nil { old = try best(Self.first, paper) }
        let title = Folder.name(of: name), wide = try best(Self.first, now), kept = try best(Self.kept, now)
        let today = try best([], now)
        then.add([
          title, old?.carbon ?? "none is fast enough", old?.name ?? "", old?.walls ?? "", today?.carbon ?? "-",
          today?.name ?? "", today?.walls ?? "",
        ])
        let memories = try [places.dram, places.flash, places.mram, places.sram].map { try best([], $0) }
        steps.add(
          [title] + [old, wide, kept, today].map { $0?.carbon ?? "-" }
            + memories.flatMap { [$0?.carbon ?? "-", $0.map { $0.memory + ", " + $0.name } ?? ""] })
        FileHandle.standardError.write(Data("\(boundary.rawValue): \(name)\n".utf8))
      }
      try report.add(
        "Least carbon of a life, boundary \(boundary.rawValue): by the first account and today's",
        """
        Scenario `\(scenario)`. Before: a text for every picture, every token through the last block, the \(before.count) designs of \
        `\(spaces.before)` (where none is fast enough, the \(paper.count) of `paper`). Now: prompts kept, the last block for the token that is \
        read, the \(now.count) designs of `\(spaces.now)`. DRAM by the gigabyte in both. Walls: ends of axes beyond which designs could be built.
        """, then)
      try report.add(
        "What each change does, boundary \(boundary.rawValue)",
        """
        From left to right, each on its best design: the first account in the first space; in the wide one; without the texts; without \
        the last block's other tokens (today's); and today's with the weights in the best of \(places.devices) DRAM devices, of external \
        flash, in MRAM on the die, in the buffer.
        """, steps)
    }
    try report.finish()
  }

  /// A space with each place for weights.
  private struct Places {
    let dram: DesignSpace, flash: DesignSpace, mram: DesignSpace, sram: DesignSpace
    let devices: Int

    init(_ space: DesignSpace, node: Double) throws {
      let catalog = try MemoryCatalog(), names = catalog.dram.map(\.name)
      func changed(_ key: String, _ words: [String]) throws -> DesignSpace {
        try space.changed(by: [DesignChange(key, words: words.joined(separator: ","), origin: "Benchmarks accounts")])
      }
      func weights(_ place: WeightMemory.Place) -> [String] {
        catalog.weights.filter { $0.place == place && $0.leastNode <= node }.map(\.name)
      }
      devices = names.count
      dram = try changed("dram", names)
      flash = try changed("weights-in", weights(.external))
      mram = try changed("weights-in", weights(.embedded))
      sram = try changed("weights-in", [AcceleratorDesign.inSRAM])
    }
  }
}
