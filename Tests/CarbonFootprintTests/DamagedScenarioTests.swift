import CLIPCarbonFootprint
import CLIPFiles
import Foundation
import CLIPRecipes
import CLIPTestSupport
import Testing
import CLIPUnits

/// Scenarios and tables of carbon as disks and hurried people leave them: read or refused in one line.
@Suite("Damaged scenarios and tables")
struct DamagedScenarioTests {
  static let values = [
    "0", "-0", "-1", "1e12", "1e308", "1e309", "nan", "inf", "-inf", "1e-320", "9223372036854775808", "", "~", "true",
    "[]", "{}", "{a: 1}", "*a", "24-0", "0-24", "🦊",
  ]

  static func damaged(_ bytes: [UInt8], _ dice: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &dice) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &dice)
      switch Int.random(in: 0..<5, using: &dice) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
      case 2:
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &dice))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3:
        let separators = Set(":,\n[] ".utf8)
        var end = place
        while end < bytes.count, !separators.contains(bytes[end]) { end += 1 }
        bytes.replaceSubrange(place..<end, with: Array((values.randomElement(using: &dice) ?? "").utf8))
      default:
        let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        bytes.removeSubrange(place..<end)
      }
    }
    return bytes
  }

  @Test("scenarios: damaged ones are read or refused, and give numbers", arguments: ["edge", "camera", "paper"])
  func scenarios(name: String) throws {
    let original = try DataFolder.path("scenarios/\(name).yaml")
    let folder = Folder.parent(of: original)
    let bytes = Array(try TextFile.text(of: original).utf8)
    var dice = SeededRandom(seed: 81)
    var loaded = 0
    for _ in 0..<400 {
      let text = String(decoding: Self.damaged(bytes, &dice), as: UTF8.self)
      let reading = succeedsOrIsRefused {
        let scenario = try Scenario(Recipe.parse(text, origin: "place.yaml"), folder: folder)
        loaded += 1
        let figures = DesignFigures(
          name: "chip", area: SquareMillimeters(6), latency: Seconds(0.02), energy: Joules(0.03))
        let carbon = try scenario.carbon(of: figures)
        #expect(!carbon.total.value.isNaN, "\(text.debugDescription)")
      }
      #expect(reading, "\(text.debugDescription)")
    }
    #expect(loaded > 0 && loaded < 400)
  }

  @Test(
    "tables: damaged ones are read or refused", arguments: ["fabs.csv", "dram.csv", "grids.csv", "uncertainty.csv"])
  func tables(name: String) throws {
    let bytes = Array(try TextFile.text(of: DataFolder.path("carbon/\(name)")).utf8)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("damaged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent(name).path
    var dice = SeededRandom(seed: 82)
    for _ in 0..<300 {
      let damaged = Self.damaged(bytes, &dice)
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      let reading = succeedsOrIsRefused {
        switch name {
        case "fabs.csv": _ = try FabTable(file: path)
        case "dram.csv": _ = try MemoryTable(file: path)
        case "grids.csv": _ = try GridTable(file: path)
        default: _ = try UncertaintyRanges(file: path)
        }
      }
      #expect(reading, "\(String(decoding: damaged, as: UTF8.self).debugDescription)")
    }
  }
}
