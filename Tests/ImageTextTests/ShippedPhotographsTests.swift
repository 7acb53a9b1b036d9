import CLIPFiles
import CLIPImageText
import Foundation
import Testing

/// The photographs that come along hold what their page says. No model is measured on them here (`recipes/family-plan.md`, 3).
@Suite("Photographs that come along")
struct ShippedPhotographsTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("data/photographs").path

  struct Expected: Sendable, CustomTestStringConvertible {
    let name: String
    let pictures: Int
    let classes: Int
    let templates: Int
    var testDescription: String { name }
  }

  static let sets = [
    Expected(name: "wds_grocery", pictures: 1265, classes: 81, templates: 3),
    Expected(name: "wds_clothing", pictures: 778, classes: 15, templates: 6),
  ]

  @Test("every class has pictures, all labels have names, and keys are different", arguments: sets)
  func classes(_ expected: Expected) throws {
    let data = try ClassificationData.open("\(Self.folder)/\(expected.name)")
    #expect(data.classNames.count == expected.classes && Set(data.classNames).count == expected.classes)
    #expect(data.templates.count == expected.templates && data.notes.isEmpty)
    var reader = try data.source.makeReader(), keys: Set<String> = [], labels: Set<Int> = []
    while let sample = try reader.next() {
      keys.insert(sample.key)
      labels.insert(try data.label(of: sample))
    }
    #expect(keys.count == expected.pictures && labels.count == expected.classes)
  }

  @Test("no picture of a test part is one to validate on, and each key of that list stands once")
  func validation() throws {
    let keys = try TextFile.lines(of: "\(Self.folder)/clothing-validation.txt").filter { !$0.isEmpty }
    #expect(keys.count > 300 && Set(keys).count == keys.count)
    var reader = try ImageTextData.open("\(Self.folder)/wds_clothing").makeReader()
    let held = Set(keys)
    while let sample = try reader.next() { #expect(!held.contains(sample.key)) }
  }

  @Test("licences lie beside them, and all of it stays small")
  func small() throws {
    #expect(try TextFile.text(of: "\(Self.folder)/LICENSE-MIT").contains("Copyright (c) 2019 Marcus Klasson"))
    #expect(try TextFile.text(of: "\(Self.folder)/LICENSE-CC0").contains("CC0 1.0 Universal"))
    var bytes = 0
    for case let name as String in try #require(FileManager.default.enumerator(atPath: Self.folder)) {
      let facts = try FileManager.default.attributesOfItem(atPath: "\(Self.folder)/\(name)")
      if facts[.type] as? FileAttributeType == .typeRegular { bytes += (facts[.size] as? Int) ?? 0 }
    }
    #expect(bytes < 12_000_000)
  }
}
