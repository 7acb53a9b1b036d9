import CLIPFiles
import CLIPImageText
import Testing

@Suite struct WebDatasetTests {
  typealias Tar = FormatFixtures.Tar

  private let folder: FormatFixtures.Scratch

  init() throws { folder = try FormatFixtures.Scratch() }

  private func read(_ tar: Tar, _ options: DataSetOptions = DataSetOptions()) throws -> (
    samples: [ImageTextSample], skipped: [String]
  ) {
    let shard = try folder.write(tar.closed, to: "a.tar")
    let (samples, skipped) = try FormatFixtures.read(WebDataset(shard, options))
    return (samples, skipped.listed.map { "\($0)".replacing("\(folder.path)/", with: "") })
  }

  /// The captions of one image with a txt, a json or both.
  private func captions(text: String? = nil, json: String? = nil) throws -> [String] {
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image())
    if let text { tar.add("a.txt", text: text) }
    if let json { tar.add("a.json", text: json) }
    let (samples, skipped) = try read(tar)
    return samples.first?.captions ?? skipped
  }

  @Test("members with one key make a sample: image, captions, label, metadata")
  func groups() throws {
    var tar = Tar()
    tar.add("./x/a.b.txt", text: "not this sample's: its kind is b.txt")
    tar.add("./x/a.JPEG", FormatFixtures.image(1))
    tar.add("./x/a.txt", text: " a red square \n\na blue one\r\n")
    tar.add("./x/a.cls", text: "12\n")
    tar.add("./x/a.npy", FormatFixtures.image(9))
    tar.add("./x/b.png", FormatFixtures.image(2))
    tar.add("./x/b.json", text: #"{"caption": "a circle", "style": "flat"}"#)
    tar.add("./x/c.webp", FormatFixtures.image(3))
    tar.add("./x/c.cls", text: "0")
    let (samples, skipped) = try read(tar)
    #expect(skipped == [])
    #expect(samples.map(\.key) == ["x/a", "x/b", "x/c"])
    #expect(samples.map(\.captions) == [["a red square", "a blue one"], ["a circle"], []])
    #expect(samples.map(\.label) == [12, nil, 0])
    #expect(samples.map(\.imageBytes) == [1, 2, 3].map { FormatFixtures.image($0) })
    #expect(samples[1].metadata?["style"]?.stringValue == "flat")
    #expect(samples[1].origin == "\(folder.path)/a.tar: x/b")
  }

  @Test("the captions of a sample with text and JSON are what the two agree on")
  func captionSources() throws {
    #expect(try captions(text: "one\ntwo") == ["one", "two"])
    #expect(try captions(text: "one\ntwo", json: #"{"caption": "one\ntwo"}"#) == ["one\ntwo"])
    #expect(try captions(text: "one", json: #"{"captions": ["two", " ", "three"]}"#) == ["two", "three"])
    #expect(try captions(json: #"{"text": " one "}"#) == ["one"])
    #expect(try captions(json: #"{"captions": "one", "text": "two"}"#) == ["one"])
    // Crawlers write NaN; with a text beside it the JSON does not matter.
    #expect(try captions(text: "one", json: #"{"similarity": NaN}"#) == ["one"])
    #expect(try captions(text: "one\u{2028}still one") == ["one\u{2028}still one"])
  }

  @Test("a sample that cannot be used is left out with its reason")
  func faults() throws {
    var tar = Tar()
    tar.add("../up.jpg", FormatFixtures.image())
    tar.add("../up.txt", text: "text")
    tar.add("/etc/abs.jpg", FormatFixtures.image())
    tar.add("in/../../up.jpg", FormatFixtures.image())
    tar.add("empty.jpg", [])
    tar.add("empty.txt", text: "text")
    tar.add("noimage.txt", text: "text")
    tar.add("noimage.gif", FormatFixtures.image())
    tar.add("nothing.jpg", FormatFixtures.image())
    tar.add("latin.jpg", FormatFixtures.image())
    tar.add("latin.txt", [0x63, 0x61, 0x66, 0xE9])
    tar.add("blank.jpg", FormatFixtures.image())
    tar.add("blank.txt", text: " \n ")
    tar.add("label.jpg", FormatFixtures.image())
    tar.add("label.cls", text: "cat")
    tar.add("negative.jpg", FormatFixtures.image())
    tar.add("negative.cls", text: "-1")
    tar.add("json.jpg", FormatFixtures.image())
    tar.add("json.json", text: "{\"caption\": }")
    tar.add("list.jpg", FormatFixtures.image())
    tar.add("list.json", text: "[]")
    tar.add("kind.jpg", FormatFixtures.image())
    tar.add("kind.json", text: #"{"captions": [1]}"#)
    tar.add("two.jpg", FormatFixtures.image())
    tar.add("two.png", FormatFixtures.image())
    tar.add("twice.jpg", FormatFixtures.image())
    tar.add("twice.txt", text: "one")
    tar.add("twice.txt", text: "two")
    tar.add("sparse.jpg", FormatFixtures.image(), type: "S")
    tar.add("good.jpg", FormatFixtures.image())
    tar.add("good.txt", text: "text")
    let (samples, skipped) = try read(tar)
    #expect(samples.map(\.key) == ["good"])
    #expect(
      skipped == [
        "a.tar: ../up: member \"../up.jpg\": its name leads out of the archive with \"..\"",
        "a.tar: /etc/abs: member \"/etc/abs.jpg\": its name is an absolute path",
        "a.tar: in/../../up: member \"in/../../up.jpg\": its name leads out of the archive with \"..\"",
        "a.tar: empty: the image is empty (0 bytes)",
        "a.tar: noimage: no jpg, jpeg, png or webp (found txt, gif)",
        "a.tar: nothing: neither a caption nor a label",
        "a.tar: latin: its txt is not UTF-8 text",
        "a.tar: blank: neither a caption nor a label",
        "a.tar: label: its cls is no class number: \"cat\"",
        "a.tar: negative: its cls is no class number: \"-1\"",
        "a.tar: json: its json is not valid JSON: expected a value, line 1, column 13",
        "a.tar: list: its json holds a list, not an object",
        "a.tar: kind: expected a caption, found a number",
        "a.tar: two: two images share one key",
        "a.tar: twice: member \"twice.txt\" stands twice",
        "a.tar: sparse: member \"sparse.jpg\": is stored as a sparse file",
      ])
  }

  @Test("captions beyond the limits are refused by size, not read")
  func longCaptions() throws {
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image())
    tar.add("a.txt", text: String(repeating: "x", count: 1_000_000))
    tar.add("b.jpg", FormatFixtures.image())
    tar.add("b.txt", text: String(repeating: "x", count: 2_000_000))
    tar.add("c.jpg", FormatFixtures.image())
    tar.add("c.txt", text: String(repeating: "x", count: 65_536))
    let (samples, skipped) = try read(tar)
    #expect(samples.map(\.key) == ["c"])
    #expect(
      skipped == [
        "a.tar: a: a caption of 1000000 bytes is longer than the 65536 allowed",
        "a.tar: b: a txt of 2000000 bytes is longer than the 1048576 allowed",
      ])
    var options = DataSetOptions()
    options.maximumCaptionBytes = 1_000_000
    #expect(try read(tar, options).samples.map(\.key) == ["a", "c"])
  }

  @Test("the index finds the same samples in any order as reading does in one")
  func index() throws {
    for shard in 0..<3 {
      var tar = Tar()
      for number in 0..<7 {
        tar.add("\(shard)-\(number).jpg", FormatFixtures.image(number, count: 100 * number))
        tar.add("\(shard)-\(number).txt", text: "caption \(shard) \(number)")
      }
      try folder.write(tar.closed, to: "shards/\(shard).tar")
    }
    let source = try WebDataset("\(folder.path)/shards"), index = try source.indexed()
    let (samples, skipped) = try FormatFixtures.read(source)
    #expect(samples.count == 18)
    #expect(skipped.count == 3)
    #expect(index.count == 21)
    #expect(source.knownCount == nil)
    var found: [ImageTextSample] = []
    for number in (0..<21).reversed() {
      if let sample = try? index.sample(at: number) { found.append(sample) }
    }
    #expect(found.reversed().map(\.key) == samples.map(\.key))
    #expect(found.reversed().map(\.imageBytes) == samples.map(\.imageBytes))
    #expect(try FormatFixtures.read(index).skipped == skipped)
  }

  @Test("the number of samples is taken from sizes.json or __len__, where they count these shards")
  func statedCounts() throws {
    for shard in ["0.tar", "1.tar"] { try folder.write(Tar().closed, to: "d/\(shard)") }
    #expect(try WebDataset("\(folder.path)/d").knownCount == nil)
    try folder.write("12\n", to: "d/__len__")
    #expect(try WebDataset("\(folder.path)/d").knownCount == 12)
    #expect(try WebDataset("\(folder.path)/d/0.tar").knownCount == nil)
    try folder.write(#"{"0.tar": 4, "1.tar": 5}"#, to: "d/sizes.json")
    #expect(try WebDataset("\(folder.path)/d").knownCount == 9)
    #expect(try WebDataset("\(folder.path)/d/1.tar").knownCount == 5)
  }

  @Test("members packed by kind are damage of the shard, named with the remedy", arguments: [true, false])
  func unsorted(imagesFirst: Bool) throws {
    var tar = Tar()
    for kind in imagesFirst ? ["jpg", "txt"] : ["txt", "jpg"] {
      for number in 0..<3 {
        tar.add("d/\(number).\(kind)", kind == "jpg" ? FormatFixtures.image(number) : Array("x".utf8))
      }
    }
    let shard = try folder.write(tar.closed, to: "a.tar")
    let expected =
      "\(shard): the key \"d/0\" comes again later with other members: a sample's members must stand next to each "
      + "other; pack them sorted: tar --sort=name -cf NEW.tar FOLDER"
    #expect(FormatFixtures.message { _ = try FormatFixtures.read(WebDataset(shard)) }.contains("comes again later"))
    #expect(FormatFixtures.message { _ = try WebDataset(shard).indexed() } == expected)
  }

  @Test("labels beside images and captions at the end are unsorted too; a whole sample twice is not")
  func halfSorted() throws {
    var tar = Tar()
    for number in 0..<2 {
      tar.add("\(number).jpg", FormatFixtures.image(number))
      tar.add("\(number).cls", text: "0")
    }
    tar.add("0.txt", text: "late")
    let shard = try folder.write(tar.closed, to: "a.tar")
    #expect(FormatFixtures.message { _ = try WebDataset(shard).indexed() }.contains("the key \"0\" comes again later"))
    var twice = Tar()
    for _ in 0..<2 {
      for number in 0..<2 {
        twice.add("\(number).jpg", FormatFixtures.image(number))
        twice.add("\(number).txt", text: "x")
      }
    }
    #expect(try read(twice).samples.count == 4)
    // Members that no sample needs may stand anywhere, and so may a note.
    twice = Tar()
    twice.add("README.txt", text: "one")
    for kind in ["jpg", "npy"] {
      twice.add("0.\(kind)", FormatFixtures.image())
      if kind == "jpg" { twice.add("0.txt", text: "x") }
    }
    twice.add("1.jpg", FormatFixtures.image())
    twice.add("1.txt", text: "x")
    twice.add("0.npy", FormatFixtures.image())
    twice.add("README.txt", text: "two")
    #expect(try read(twice).samples.map(\.key) == ["0", "1"])
  }

  @Test("keys end at the first dot: said where the rest looks like an image")
  func compositeKeys() throws {
    var tar = Tar()
    tar.add("s0.input.jpg", FormatFixtures.image())
    tar.add("s0.txt", text: "x")
    #expect(
      try read(tar).skipped == [
        "a.tar: s0: no jpg, jpeg, png or webp (found input.jpg, txt; the key ends at the first dot of a name: rename the "
          + "members)"
      ])
  }

  @Test("a hard link for an image is named; one beside the sample's files does no harm")
  func links() throws {
    var tar = Tar()
    tar.add("a.jpg", type: "1")
    tar.add("a.txt", text: "x")
    tar.add("b.jpg", FormatFixtures.image())
    tar.add("b.txt", text: "x")
    tar.add("b.meta", type: "2")
    let (samples, skipped) = try read(tar)
    #expect(samples.map(\.key) == ["b"])
    #expect(skipped == ["a.tar: a: member \"a.jpg\": is a hard link to \"\"; pack with tar --hard-dereference"])
  }

  @Test("a caption keeps a leading U+0085, which the tokenizer repairs as ftfy does")
  func nextLine() throws {
    #expect(try captions(text: " \u{85}and so on \u{a0}\n") == ["\u{85}and so on"])
  }
}
