import CLIPFiles
import CLIPImageText
import Testing

@Suite("Karpathy's splits and COCO's captions") struct CaptionDocumentTests {
  private let folder: FormatFixtures.Scratch

  init() throws {
    folder = try FormatFixtures.Scratch()
    for number in 0..<4 { try folder.write(FormatFixtures.image(number), to: "val2014/\(number).jpg") }
  }

  private func open(_ text: String, split: String? = nil, root: String? = nil) throws -> any ImageTextSource {
    var options = DataSetOptions()
    options.split = split
    options.imageRoot = root
    return try ImageTextData.open(folder.write(text, to: "captions.json"), options)
  }

  private func message(_ text: String, split: String? = nil) -> String {
    FormatFixtures.message { _ = try open(text, split: split) }.replacing("\(folder.path)/", with: "")
  }

  private let karpathy = #"""
    {"images": [
      {"filepath": "val2014", "filename": "0.jpg", "split": "test", "sentences": [{"raw": "a cat ", "tokens": ["a", "cat"]}, {"raw": "one cat"}]},
      {"filepath": "val2014", "filename": "1.jpg", "split": "restval", "sentences": [{"raw": "a dog"}]},
      {"filepath": "val2014", "filename": "2.jpg", "split": "train", "sentences": [{"raw": "a cow"}]},
      {"filepath": "val2014", "filename": "3.jpg", "split": "test", "sentences": []},
      {"split": "test", "sentences": [{"raw": "a fox"}]},
      {"filename": "3.jpg", "split": "test", "sentences": [{"tokens": []}]},
      {"filename": "3.jpg", "sentences": []}
    ], "dataset": "coco"}
    """#

  @Test("a split's images come with their raw sentences; train has restval in it")
  func splits() throws {
    let (test, skipped) = try FormatFixtures.read(open(karpathy))
    #expect(test.map(\.key) == ["val2014/0.jpg"])
    #expect(test.map(\.captions) == [["a cat", "one cat"]])
    #expect(test.map(\.imageBytes) == [FormatFixtures.image(0)])
    #expect(
      skipped.listed.map { "\($0)".replacing("\(folder.path)/", with: "") } == [
        "captions.json: images[3]: no caption",
        "captions.json: images[4]: no filename",
        "captions.json: images[5]: sentences[0] has no raw: the caption as it was written",
        "captions.json: images[6]: no split",
      ])
    #expect(
      try FormatFixtures.read(open(karpathy, split: "train")).samples.map(\.key) == [
        "val2014/1.jpg", "val2014/2.jpg",
      ])
  }

  @Test("a split file without a folder for its images finds them in the image root")
  func imageRoot() throws {
    let flickr = #"{"images": [{"filename": "2.jpg", "split": "val", "sentences": [{"raw": "a cow"}]}]}"#
    let source = try open(flickr, split: "val", root: "\(folder.path)/val2014")
    #expect(try FormatFixtures.read(source).samples.map(\.imageBytes) == [FormatFixtures.image(2)])
    #expect(
      message(flickr, split: "val")
        == "captions.json: its images are not there: no file 2.jpg; name the folder of the images with --image-root"
    )
  }

  @Test("an unknown split is answered with the splits there are")
  func unknownSplit() {
    #expect(message(karpathy, split: "tests") == "captions.json: no split \"tests\"; did you mean \"test\"?")
    #expect(message(karpathy, split: "dev") == "captions.json: no split \"dev\"; one of: test, train")
  }

  @Test("COCO's annotations are joined to its images by number")
  func coco() throws {
    let text = #"""
      {"info": {}, "images": [
        {"id": 10, "file_name": "val2014/0.jpg"}, {"id": 11, "file_name": "val2014/1.jpg"},
        {"id": 12, "file_name": "val2014/2.jpg"}, {"id": 10, "file_name": "val2014/3.jpg"}, {"file_name": "x"}],
       "annotations": [{"image_id": 11, "caption": "a dog"}, {"image_id": 10, "caption": "a cat\n"},
        {"caption": "lost"}, {"image_id": 11, "caption": "two dogs"}]}
      """#
    let (samples, skipped) = try FormatFixtures.read(open(text))
    #expect(samples.map(\.key) == ["val2014/0.jpg", "val2014/1.jpg"])
    #expect(samples.map(\.captions) == [["a cat"], ["a dog", "two dogs"]])
    #expect(
      skipped.listed.map { "\($0)".replacing("\(folder.path)/", with: "") } == [
        "captions.json: annotations[2]: no image_id",
        "captions.json: images[2]: no caption",
        "captions.json: images[3]: the id 10 stands twice",
        "captions.json: images[4]: no id",
      ])
  }

  @Test("COCO's ids may be strings, and the two lists may write the same id both ways")
  func stringIDs() throws {
    let text = #"""
      {"images": [{"id": "a-1", "file_name": "val2014/0.jpg"}, {"id": 11, "file_name": "val2014/1.jpg"},
        {"id": "12", "file_name": "val2014/2.jpg"}, {"id": true, "file_name": "x"}, {"id": "u", "coco_url": "http://x/u.jpg"}],
       "annotations": [{"image_id": "a-1", "caption": "a cat"}, {"image_id": "11", "caption": "a dog"},
        {"image_id": 12, "caption": "a cow"}, {"image_id": null, "caption": "lost"}, {"image_id": "u", "caption": "far"}]}
      """#
    let (samples, skipped) = try FormatFixtures.read(open(text))
    #expect(samples.map(\.key) == ["val2014/0.jpg", "val2014/1.jpg", "val2014/2.jpg"])
    #expect(samples.map(\.captions) == [["a cat"], ["a dog"], ["a cow"]])
    #expect(
      skipped.listed.map { "\($0)".replacing("\(folder.path)/", with: "") } == [
        "captions.json: annotations[3]: its image_id is null, not a whole number or a string",
        "captions.json: images[3]: its id is true or false, not a whole number or a string",
        "captions.json: images[4]: no file_name, only coco_url: download the images and write their names into file_name",
      ])
    #expect(
      message(
        #"{"images": [{"id": 1, "file_name": "val2014/0.jpg"}], "annotations": [{"image_id": "x", "caption": "a"}]}"#)
        == "captions.json: no annotation's image_id is the id of an image: there are ids such as 1 and image_ids such "
        + "as \"x\"; give both lists the same ids")
    let instances = #"""
      {"images": [{"id": 1, "file_name": "val2014/0.jpg"}], "annotations": [{"image_id": 1, "bbox": [1]}]}
      """#
    #expect(
      try FormatFixtures.read(open(instances)).skipped.listed.map(\.reason)
        == ["annotations[0] has no caption; instances_ and person_keypoints_ files have none"])
  }

  @Test("a document nested a million deep is refused by its depth")
  func depth() {
    let nested = String(repeating: "[", count: 1_000_000) + String(repeating: "]", count: 1_000_000)
    #expect(
      message(#"{"images": \#(nested), "annotations": [], "image_id": 1}"#)
        == "captions.json: line 1, column 140: not valid JSON: nested more than 128 deep")
  }

  @Test("a JSON file is known by its content, whatever its name")
  func otherName() throws {
    let place = try folder.write(
      "\u{FEFF} " + #"{"images": [{"filename": "val2014/2.jpg", "split": "test", "sentences": [{"raw": "a"}]}]}"#,
      to: "captions.txt")
    #expect(try FormatFixtures.read(ImageTextData.open(place)).samples.map(\.key) == ["val2014/2.jpg"])
  }

  @Test(
    "documents of another form are refused with the key that is missing",
    arguments: [
      (
        #"{"sentences": [], "split": ""}"#,
        "captions.json: images: expected a list, found nothing; see docs/data.md"
      ),
      (
        #"{"images": {}, "sentences": [], "split": ""}"#,
        "captions.json: images: expected a list, found an object; see docs/data.md"
      ),
      (
        #"{"images": [], "annotations": 1, "image_id": 1}"#,
        "captions.json: annotations: expected a list, found a number; see docs/data.md"
      ),
      (
        #"{"images": [], "annotations": [], "image_id": 1}"#,
        "captions.json: names no image; name the folder of the images with --image-root"
      ),
      (
        #"{"images": [, "sentences": [], "split": ""}"#,
        "captions.json: line 1, column 13: not valid JSON: expected a value"
      ),
    ])
  func refusals(text: String, expected: String) { #expect(message(text) == expected) }
}
