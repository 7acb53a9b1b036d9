import CLIPFiles
import Foundation
import CLIPImageText
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
    #expect(message.hasPrefix("\(path): has no known format; scenes, webdataset, csv, "))
    #expect(message.utf8.count < 300)
    for format in FormatCatalog.formats { #expect(message.contains(format.name)) }
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

  @Test("what is compressed, packed or binary is named for what it is, whatever its name, with what to do")
  func foreign() throws {
    let folder = try FormatFixtures.Scratch()
    let zeros = [UInt8](repeating: 7, count: 600)
    let kinds: [(bytes: [UInt8], says: String)] = [
      ([0x1F, 0x8B, 8, 0], "compressed with gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "compressed with Zstandard"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed with xz"), ([0x42, 0x5A, 0x68], "compressed with bzip2"),
      ([0x50, 0x4B, 3, 4], "a Zip archive"), (Array("PAR1".utf8), "a Parquet file"),
      (Array("<!DOCTYPE html>".utf8), "an HTML page"), (Array("version https://git-lfs".utf8), "a Git LFS pointer"),
    ]
    for (number, kind) in kinds.enumerated() {
      for name in ["x.tar", "x.tar.gz", "x.tgz", "x.csv", "x.json", "x.dat"] {
        let path = try folder.write(kind.bytes + zeros, to: "\(number)/\(name)")
        #expect(FormatFixtures.message { _ = try ImageTextData.open(path) }.hasPrefix("\(path): is \(kind.says)"))
      }
    }
    // The same under a brace list, in a folder and with the type named.
    for name in ["a.tar.gz", "b.tar.gz"] { try folder.write(kinds[0].bytes + zeros, to: "list/\(name)") }
    let list = "\(folder.path)/list"
    #expect(
      FormatFixtures.message { _ = try FormatFixtures.read(ImageTextData.open("\(list)/{a,b}.tar.gz")) }
        == "\(list)/a.tar.gz: is compressed with gzip, not a tar archive; unpack it first: gzip -dc < FILE > NEW")
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open(list) }
        == "\(list): holds no *.tar; its file \"a.tar.gz\" is compressed with gzip; unpack it first: gzip -dc < FILE > NEW"
    )
    try folder.write(kinds[1].bytes + zeros, to: "parts/test/a.tar.zst")
    let parts = "\(folder.path)/parts"
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open(parts) }
        == "\(parts)/test: holds no *.tar; its file \"a.tar.zst\" is compressed with Zstandard; unpack it first: "
        + "zstd -dc < FILE > NEW")
    try Folder.make("\(folder.path)/nested/a/b")
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open("\(folder.path)/nested") }
        == "\(folder.path)/nested: holds folders (\"a\"), but neither shards nor images in them; choose a part with "
        + "--split, or name the folder itself")
    var options = DataSetOptions()
    options.datasetType = "csv"
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open("\(list)/a.tar.gz", options) }
        == "\(list)/a.tar.gz: is compressed with gzip; unpack it first: gzip -dc < FILE > NEW")
  }

  @Test("tar archives are known by their content; folders say what they hold instead of data")
  func content() throws {
    let folder = try FormatFixtures.Scratch()
    var tar = FormatFixtures.Tar()
    tar.add("a.jpg", FormatFixtures.image())
    tar.add("a.txt", text: "a caption")
    for name in ["shard-0000", "a.TAR", "a.csv", "b/c.TAR"] { try folder.write(tar.closed, to: name) }
    for name in ["shard-0000", "a.TAR", "a.csv", "b"] {
      let source = try ImageTextData.open("\(folder.path)/\(name)")
      #expect(try FormatFixtures.read(source).samples.map(\.key) == ["a"], "\(name)")
    }
    try folder.write(FormatFixtures.image(), to: "photos/a.jpg")
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open("\(folder.path)/photos") }
        == "\(folder.path)/photos: holds images (\"a.jpg\") but no captions or classes; put them into a folder for "
        + "each class, or list them in a .tsv file with the columns filepath and title; "
        + "carbonclip embed --images takes them as they are")
    try folder.write(FormatFixtures.image(), to: "pairs.txt")
    try folder.write("filepath\ttitle\nphotos/a.jpg\tone\n", to: "pairs.txt")
    #expect(try ImageTextData.open("\(folder.path)/pairs.txt").knownCount == 1)
  }

  @Test(
    "addresses are refused: only local files are read",
    arguments: [
      ("s3://b/{0..3}.tar", "s3://"), ("https://x/a.tar", "https://"), ("gs://b/a", "gs://"),
      ("hf://datasets/x", "hf://"),
      ("pipe:curl -s x", "pipe:"), ("file:///tmp/a.tar", "file://"), ("a.tar::s3://b/0.tar", "s3://"),
    ])
  func addresses(path: String, scheme: String) {
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open(path) }.hasPrefix(
        "\(path): only files on this machine are read, no \(scheme); "))
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
