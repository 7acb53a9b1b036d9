import CLIPAccelerators
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPModelShapes
import CLIPRecipes
import CLIPTestSupport
import Testing
import CLIPUnits

/// What people and disks do to files: each damaged one is read or refused in one line, and nothing else happens.
@Suite("Damaged designs, spaces and tables")
struct DamagedInputTests {
  static let numbers = [
    "0", "-0", "-1", "1e12", "1e308", "1e309", "-1e308", "nan", "NaN", ".nan", "inf", ".inf", "-inf", "1e-320",
    "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "0x10", "1_000", "", "~", "true",
    "[]", "{}", "[[1]]", "{a: 1}", "\"\"", "*a", "&a 1", "!!int 3", "🦊",
  ]

  /// The bytes of a text, damaged: cut off, a bit flipped, a byte or a line replaced, a stretch twice, a number changed.
  static func damaged(_ bytes: [UInt8], _ numbers: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &numbers) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &numbers)
      switch Int.random(in: 0..<6, using: &numbers) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
      case 2: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
      case 3:
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &numbers))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4:
        // A value, up to the next separator, becomes one that nobody expects.
        let separators = Set(":,\n[] ".utf8)
        var end = place
        while end < bytes.count, !separators.contains(bytes[end]) { end += 1 }
        bytes.replaceSubrange(place..<end, with: Array((Self.numbers.randomElement(using: &numbers) ?? "").utf8))
      default:
        let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        bytes.removeSubrange(place..<end)
      }
    }
    return bytes
  }

  @Test(
    "designs: 3,000 damaged ones, priced where they load", arguments: ["edge-base", "camera-base", "eyeriss-class"])
  func designs(name: String) throws {
    let bytes = Array(try TextFile.text(of: DataFolder.path("accelerators/\(name).yaml")).utf8)
    let models: [any CostModel] = [try PhysicalCostModel(), try ReferenceCostModel()]
    let product = OperationList([
      Operation("up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 197, outputs: 64, reduced: 48)))
    ])
    var numbers = SeededRandom(seed: 71)
    var loaded = 0
    for _ in 0..<1000 {
      let text = String(decoding: Self.damaged(bytes, &numbers), as: UTF8.self)
      var design: AcceleratorDesign?
      let reading = succeedsOrIsRefused { design = try AcceleratorDesign(Recipe.parse(text, origin: "chip.yaml")) }
      #expect(reading, "\(text.debugDescription)")
      guard let design else { continue }
      loaded += 1
      for model in models {
        let pricing = succeedsOrIsRefused {
          let estimate = try model.estimate(product, on: design)
          #expect(!estimate.latency.value.isNaN && !estimate.energy.value.isNaN, "\(design)")
        }
        #expect(pricing, "\(text.debugDescription)")
      }
    }
    #expect(loaded > 0 && loaded < 1000)
  }

  @Test("spaces: damaged ones are read or refused, and never larger than they may be")
  func spaces() throws {
    let bytes = Array(try TextFile.text(of: DataFolder.path("accelerators/edge.space.yaml")).utf8)
    var numbers = SeededRandom(seed: 72)
    for _ in 0..<1500 {
      let text = String(decoding: Self.damaged(bytes, &numbers), as: UTF8.self)
      let reading = succeedsOrIsRefused {
        let space = try DesignSpace(Recipe.parse(text, origin: "chips.yaml"))
        #expect((1...1_000_000_000).contains(space.count))
        _ = try space[0].checked()
        _ = try space[space.count - 1].checked()
      }
      #expect(reading, "\(text.debugDescription)")
    }
  }

  @Test(
    "tables of figures: damaged ones are read or refused",
    arguments: [
      "sram-22nm.csv", "components-22nm.csv", "physical.csv", "dram-devices.csv", "weight-memories.csv",
    ])
  func tables(name: String) throws {
    let original = try TextFile.text(of: DataFolder.path("technology/\(name)"))
    // Its first lines are enough: the rest is more of the same.
    let bytes = Array(original.split(separator: "\n").prefix(60).joined(separator: "\n").utf8)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("damaged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent(name).path
    var numbers = SeededRandom(seed: 73)
    for _ in 0..<300 {
      let damaged = Self.damaged(bytes, &numbers)
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      let reading = succeedsOrIsRefused {
        switch name {
        case "sram-22nm.csv": _ = try SRAMTable(file: path)
        case "physical.csv": _ = try PhysicalCostModel(technology: Technology(figures: [path]))
        default: _ = try Technology(figures: [path])
        }
      }
      #expect(reading, "\(String(decoding: damaged, as: UTF8.self).debugDescription)")
    }
  }

  @Test("over the whole edge space a larger memory or more bandwidth never makes a design slower")
  func monotone() throws {
    let model = try NamedModels.model("ViT-B-16-quickgelu").configuration
    let space = try DesignSpace.paper()
    let points = try Sweep(space, with: PhysicalCostModel()).run(model, on: ThreadPool(threads: 2))
    let sizes = space.knobSizes
    var compared = 0, slower: [Int] = []
    for number in 0..<space.count {
      var levels: [Int] = [], rest = number
      for size in sizes.reversed() {
        levels.insert(rest % size, at: 0)
        rest /= size
      }
      for knob in sizes.indices where levels[knob] + 1 < sizes[knob] {
        var next = levels
        next[knob] += 1
        let neighbor = space.number(of: next)
        let a = space[number], b = space[neighbor]
        // Lanes are another matter: a wider array may fit a product worse.
        guard a.clusters == b.clusters, a.width == b.width, a.depth == b.depth else { continue }
        compared += 1
        if points[neighbor].latency.value > points[number].latency.value * (1 + 1e-12) { slower.append(number) }
      }
    }
    #expect(compared > 3240)
    #expect(slower.isEmpty, "\(slower.count) of \(compared), the first \(slower.prefix(5).map { "\(space[$0])" })")
  }
}
