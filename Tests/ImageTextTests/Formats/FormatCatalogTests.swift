import Files
import Foundation
import ImageText
import Testing

@Suite struct FormatCatalogTests {
  @Test("every format has its own name and a one-line description")
  func catalog() {
    #expect(Set(FormatCatalog.names).count == FormatCatalog.formats.count + 1)
    for format in FormatCatalog.formats {
      #expect(!format.summary.isEmpty && !format.summary.contains("\n"))
    }
  }

  @Test("every file that defines a format is listed in the catalog")
  func completeness() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../../Sources/ImageText"
    ).standardized.path
    let catalog = try TextFile.text(of: "\(sources)/Formats/FormatCatalog.swift")
    for file in try Folder.names(in: "\(sources)/Formats") where file.hasSuffix(".swift") {
      let text = try TextFile.text(of: "\(sources)/Formats/\(file)")
      guard text.contains("static let format = ImageTextFormat(") else { continue }
      #expect(catalog.contains("\(file.dropLast(6)).format,"), "\(file) is not in the catalog")
    }
  }

  @Test("a path that is no data set says so and lists the formats")
  func refusals() throws {
    let folder = try FormatFixtures.Scratch()
    let path = try folder.write("text", to: "notes.md")
    let message = FormatFixtures.message { _ = try ImageTextData.open(path) }
    #expect(message.hasPrefix("\(path): has no known format; the formats are scenes (procedural pictures"))
    for format in FormatCatalog.formats { #expect(message.contains("\(format.name) (\(format.summary))")) }
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open("\(folder.path)/none") }
        == "\(folder.path)/none: no such file or folder; check the path")
    #expect(FormatFixtures.message { _ = try ImageTextData.open("") } == "no data set was named")
    var options = DataSetOptions()
    options.datasetType = "webdatset"
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open(path, options) }
        == "no data set type \"webdatset\"; did you mean \"webdataset\"?")
    options.datasetType = "folders"
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open(path, options) }
        == "\(path): is not a folder; check the path")
  }

  @Test("the same pairs have one fingerprint as shards, as a table and as a split file")
  func oneFingerprint() throws {
    let folder = try FormatFixtures.Scratch()
    var tar = FormatFixtures.Tar(), table = "filepath\ttitle\n", images: [JSONValue] = []
    for number in [2, 0, 1] {
      tar.add("\(number).jpg", FormatFixtures.image(number))
      tar.add("\(number).txt", text: "caption \(number)\nanother")
    }
    for number in 0..<3 {
      try folder.write(FormatFixtures.image(number), to: "photos/\(number).jpg")
      table += "photos/\(number).jpg\tcaption \(number)\nphotos/\(number).jpg\tanother\n"
      images.append([
        "filepath": "photos", "filename": .string("\(number).jpg"), "split": "test",
        "sentences": [["raw": .string("caption \(number)")], ["raw": "another"]],
      ])
    }
    let paths = [
      try folder.write(tar.closed, to: "0.tar"), try folder.write(table, to: "pairs.tsv"),
      try folder.write(JSONValue.object(["images": .array(images)]).text(), to: "dataset.json"),
    ]
    let fingerprints = try paths.map { try "\(Fingerprint.of(ImageTextData.open($0)))" }
    #expect(Set(fingerprints).count == 1)
  }
}
