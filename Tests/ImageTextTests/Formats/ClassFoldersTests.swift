import Files
import ImageText
import Testing

@Suite("class folders and classification data") struct ClassFoldersTests {
  private let folder: FormatFixtures.Scratch

  init() throws { folder = try FormatFixtures.Scratch() }

  @Test("labels count the class folders in order of their names")
  func labels() throws {
    try folder.write(FormatFixtures.image(1), to: "dog/b.PNG")
    try folder.write(FormatFixtures.image(2), to: "dog/a.jpg")
    try folder.write(FormatFixtures.image(3), to: "Cat/c.webp")
    try folder.write("notes", to: "dog/README.md")
    try folder.write(FormatFixtures.image(4), to: "dog/old.gif")
    try folder.write(FormatFixtures.image(5), to: "dog/more/d.jpg")
    try folder.write(FormatFixtures.image(6), to: ".cache/e.jpg")
    let data = try ClassificationData.open(folder.path)
    let (samples, skipped) = try FormatFixtures.read(data.source)
    #expect(data.classNames == ["Cat", "dog"])
    #expect(data.templates == ["a photo of a {c}."])
    #expect(samples.map(\.key) == ["Cat/c.webp", "dog/a.jpg", "dog/b.PNG"])
    #expect(samples.map(\.label) == [0, 1, 1])
    #expect(try samples.map { try data.label(of: $0) } == [0, 1, 1])
    #expect(
      skipped.listed.map { "\($0)".replacing("\(folder.path)/", with: "") } == [
        "dog/more: a folder inside a class's folder is not looked into",
        "dog/old.gif: not a jpg, png or webp file",
      ])
  }

  @Test("a split's folder is looked for first")
  func splits() throws {
    try folder.write(FormatFixtures.image(1), to: "test/dog/a.jpg")
    try folder.write(FormatFixtures.image(2), to: "val/cat/a.jpg")
    #expect(try ClassificationData.open(folder.path).classNames == ["dog"])
    var options = DataSetOptions()
    options.split = "val"
    #expect(try ClassificationData.open(folder.path, options).classNames == ["cat"])
  }

  @Test("CLIP_benchmark's folder gives names, templates and the test shards")
  func benchmarkLayout() throws {
    var tar = FormatFixtures.Tar()
    for (number, label) in ["1", "0", "2"].enumerated() {
      tar.add("s\(number).jpg", FormatFixtures.image(number))
      tar.add("s\(number).cls", text: label)
    }
    try folder.write(tar.closed, to: "wds_pets/test/0.tar")
    try folder.write("red cat\nblue dog\n", to: "wds_pets/classnames.txt")
    try folder.write(
      "a photo of a {c}.\n{c}, {c}!\na {} outside\n", to: "wds_pets/zeroshot_classification_templates.txt")
    let data = try ClassificationData.open("\(folder.path)/wds_pets")
    #expect(data.prompts(for: 1) == ["a photo of a blue dog.", "blue dog, blue dog!", "a blue dog outside"])
    let (samples, _) = try FormatFixtures.read(data.source)
    #expect(try samples.prefix(2).map { try data.label(of: $0) } == [1, 0])
    #expect(
      FormatFixtures.message { _ = try data.label(of: samples[2]) }
        == "\(folder.path)/wds_pets/test/0.tar: s2: label 2, but there are 2 classes")
  }

  @Test("missing names and templates without a place are refused")
  func refusals() throws {
    try folder.write(FormatFixtures.Tar().closed, to: "d/test/0.tar")
    let path = "\(folder.path)/d"
    let open = { FormatFixtures.message { _ = try ClassificationData.open(path) } }
    #expect(open() == "\(path): no classnames.txt; write one, a class a line in the order of the labels")
    try folder.write("cat\n\ndog\n", to: "d/classnames.txt")
    #expect(open() == "\(path)/classnames.txt: line 2: a class without a name")
    try folder.write("cat\ndog\n", to: "d/classnames.txt")
    try folder.write("a {c}\na photo\n", to: "d/zeroshot_classification_templates.txt")
    #expect(open() == "\(path): template 2, \"a photo\", has no {c}")
    try folder.write("\n", to: "d/zeroshot_classification_templates.txt")
    #expect(open() == "\(path): no prompt templates")
  }
}
