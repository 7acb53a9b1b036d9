import CLIPFiles
import CLIPImageText
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
    for (number, label) in ["1", "0", "x"].enumerated() {
      tar.add("s\(number).jpg", FormatFixtures.image(number))
      tar.add("s\(number).cls", text: label)
    }
    try folder.write(tar.closed, to: "wds_pets/test/0.tar")
    try folder.write("red cat\nblue dog\n", to: "wds_pets/classnames.txt")
    try folder.write(
      "a photo of a {c}.\n{c}, {c}!\na {} outside\n", to: "wds_pets/zeroshot_classification_templates.txt")
    let data = try ClassificationData.open("\(folder.path)/wds_pets")
    #expect(data.prompts(for: 1) == ["a photo of a blue dog.", "blue dog, blue dog!", "a blue dog outside"])
    let (samples, skipped) = try FormatFixtures.read(data.source)
    #expect(try samples.map { try data.label(of: $0) } == [1, 0])
    #expect(
      skipped.listed.map(\.description) == [
        "\(folder.path)/wds_pets/test/0.tar: s2: its cls is no class number: \"x\""
      ])
  }

  /// What opening shards with these labels and this `classnames.txt` says, without the folder's path.
  private func benchmark(labels: [String], names: String) throws -> (message: String, notes: [String]) {
    var tar = FormatFixtures.Tar()
    for (number, label) in labels.enumerated() {
      tar.add("s\(number).jpg", FormatFixtures.image(number))
      tar.add("s\(number).cls", text: label)
    }
    try folder.write(tar.closed, to: "b/test/0.tar")
    try folder.write(names, to: "b/classnames.txt")
    var notes: [String] = []
    let message = FormatFixtures.message { notes = try ClassificationData.open("\(folder.path)/b").notes }
    return (
      message.replacing("\(folder.path)/", with: ""), notes.map { $0.replacing("\(folder.path)/", with: "") }
    )
  }

  @Test(
    "labels that have no name, or begin at 1, are damage of the whole set",
    arguments: [
      (["1", "2", "3"], "a\nb\nc\n", "b: the labels are from 1 to 3, but there are 3 class names, for labels 0 to 2 "),
      (["0", "1", "7"], "a\nb\nc\n", "b: the labels are from 0 to 7, but there are 3 class names, for labels 0 to 2 "),
      (["-1", "0", "1"], "a\nb\nc\n", "b: the labels are from -1 to 1, but there are 3 class names, "),
      (
        ["2", "1", "3"], "a\nb\nc\nd\n",
        "b: the labels are from 1 to 3 without a gap, and none is 0; there are 4 class "
      ),
      (
        ["9223372036854775807"], "a\n",
        "b: the only label is 9223372036854775807, but there is 1 class name, for labels 0"
      ),
    ])
  func labelsOutside(labels: [String], names: String, message: String) throws {
    let found = try benchmark(labels: labels, names: names).message
    #expect(found.hasPrefix(message), "\(found)")
    #expect(found.contains("labels count from 0"), "\(found)")
  }

  @Test("classes without an image are noted; blank lines at the end of classnames.txt are none")
  func unusedClasses() throws {
    let fine = try benchmark(labels: ["0", "1", "2"], names: "a\nb\nc\n\n \n")
    #expect(fine.message == "no error" && fine.notes.isEmpty, "\(fine)")
    let sparse = try benchmark(labels: ["1", "3"], names: "a\nb\nc\nd\ne\n")
    #expect(sparse.message == "no error")
    #expect(sparse.notes == ["b: 3 of 5 classes have no image: \"a\", \"c\", \"e\""])
  }

  @Test("as many folders as names; where they bear the same names, these count and not the order")
  func foldersAgainstNames() throws {
    for (index, name) in ["a_b", "c"].enumerated() {
      try folder.write(FormatFixtures.image(index), to: "f/\(name)/0.jpg")
    }
    let path = "\(folder.path)/f"
    func open(_ names: String) throws -> String {
      try folder.write(names, to: "f/classnames.txt")
      return FormatFixtures.message { _ = try ClassificationData.open(path) }
    }
    #expect(
      try open("red\ngreen\nblue\n")
        == "\(path): has 2 class folders, but classnames.txt has 3 names; labels count from 0 in the order of the "
        + "names, so every class needs its folder and its line")
    #expect(try open("c\na b\nd\n").contains("has 3 names, for example no folder for \"d\"; "))
    #expect(
      try open("c\n").contains("has 2 class folders, but classnames.txt has 1 name, for example no line for \"a_b\"; "))
    // Of the same names in another order: by name.
    #expect(try open("C\na b\n") == "no error")
    let (samples, _) = try FormatFixtures.read(ClassificationData.open(path).source)
    #expect(samples.map(\.key) == ["c/0.jpg", "a_b/0.jpg"])
    #expect(samples.map(\.label) == [0, 1])
    // Other words altogether, as ImageNet's: by order.
    #expect(try open("first\nsecond\n") == "no error")
    #expect(try FormatFixtures.read(ClassificationData.open(path).source).samples.map(\.label) == [0, 1])
    #expect(
      try open("c\nother\n")
        == "\(path): its folder \"c\" is class 0 in classnames.txt, but class 1 by its order, and the folder \"a_b\" "
        + "has no line there; call all folders what classnames.txt calls the classes, or none")
  }

  @Test("folders called by numbers count as numbers, not in the order of their bytes")
  func numbers() throws {
    let names = (0..<11).map { "name\($0)" }.joined(separator: "\n")
    for (place, first) in [("zero", 0), ("one", 1)] {
      for number in 0..<11 {
        try folder.write(FormatFixtures.image(number), to: "\(place)/\(number + first)/0.jpg")
      }
      try folder.write(names, to: "\(place)/classnames.txt")
      let data = try ClassificationData.open("\(folder.path)/\(place)")
      for sample in try FormatFixtures.read(data.source).samples {
        let number = try #require(Int(sample.key.prefix { $0 != "/" }))
        #expect(try data.label(of: sample) == number - first)
      }
    }
    for number in [0, 2, 3] { try folder.write(FormatFixtures.image(number), to: "gap/\(number)/0.jpg") }
    try folder.write("a\nb\nc\n", to: "gap/classnames.txt")
    let gap = FormatFixtures.message { _ = try ClassificationData.open("\(folder.path)/gap") }
    #expect(gap.contains("its class folders are numbers from 0 to 3, but there are 3"), "\(gap)")
    for name in ["000_dog", "001_cat"] { try folder.write(FormatFixtures.image(1), to: "behind/\(name)/0.jpg") }
    try folder.write("cat\ndog\n", to: "behind/classnames.txt")
    let behind = try ClassificationData.open("\(folder.path)/behind")
    let samples = try FormatFixtures.read(behind.source).samples
    #expect(samples.map(\.key) == ["001_cat/0.jpg", "000_dog/0.jpg"])
    #expect(try samples.map { try behind.label(of: $0) } == [0, 1])
  }

  @Test("a class without an image is refused by name, what programs leave behind is passed over")
  func emptyAndForeign() throws {
    try folder.write(FormatFixtures.image(1), to: "g/a/0.jpg")
    for foreign in ["__pycache__", "__MACOSX/a", ".ipynb_checkpoints", "@eaDir", "lost+found"] {
      try Folder.make("\(folder.path)/g/\(foreign)")
    }
    try folder.write(FormatFixtures.image(1), to: "g/__MACOSX/0.jpg")
    let path = "\(folder.path)/g"
    #expect(try ClassificationData.open(path).classNames == ["a"])
    try Folder.make("\(path)/aa_empty/deeper")
    try folder.write(FormatFixtures.image(1), to: "g/b/0.gif")
    for open in [{ _ = try ClassificationData.open(path) }, { _ = try ImageTextData.open(path) }] {
      #expect(
        FormatFixtures.message(open)
          == "\(path): 2 of 3 class folders hold no jpg, png or webp image: \"aa_empty\", \"b\"; put its images "
          + "there, or move the folder out: each folder is a class")
    }
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
