import CLIPFiles
import Foundation
import CLIPImageText
import Testing

@Suite("identity of a data set") struct DataIdentityTests {
  private let folder: FormatFixtures.Scratch

  init() throws { folder = try FormatFixtures.Scratch() }

  private func shard(_ samples: Range<Int>) -> [UInt8] {
    var tar = FormatFixtures.Tar()
    for number in samples {
      tar.add("s\(number).jpg", FormatFixtures.image(number))
      tar.add("s\(number).txt", text: "caption \(number)")
    }
    return tar.closed
  }

  @Test("a copy of shards with other times is the same data")
  func copy() throws {
    for place in ["a", "b"] {
      try folder.write(shard(0..<3), to: "\(place)/0.tar")
      try folder.write(shard(3..<5), to: "\(place)/1.tar")
    }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: "\(folder.path)/b/0.tar")
    let first = try DataIdentity.of("\(folder.path)/a"), second = try DataIdentity.of("\(folder.path)/b")
    #expect(first.samples == 5)
    #expect(first.format == "webdataset")
    #expect(first.digest == second.digest)
    #expect(second.isSameData(as: first))
    #expect(try DataIdentity.of("\(folder.path)/a/{0,1}.tar").isSameData(as: first))
    #expect(try DataIdentity.of("\(folder.path)/a/{1,0}.tar").isSameData(as: first) == false)
  }

  @Test("a shard that grew, came or changed its cut is other data")
  func grown() throws {
    try folder.write(shard(0..<12), to: "d/0.tar")
    let first = try DataIdentity.of("\(folder.path)/d")
    try folder.write(shard(12..<14), to: "d/1.tar")
    let more = try DataIdentity.of("\(folder.path)/d")
    #expect(more.changes(since: first) == ["14 samples, 12 before"])
    try FileManager.default.removeItem(atPath: "\(folder.path)/d/1.tar")
    #expect(try DataIdentity.of("\(folder.path)/d") == first)
    // The same length and number of samples, cut otherwise: member sizes traded between two samples.
    func pair(_ first: Int, _ second: Int) -> [UInt8] {
      var tar = FormatFixtures.Tar()
      for (number, count) in [first, second].enumerated() {
        tar.add("s\(number).jpg", FormatFixtures.image(number, count: count))
        tar.add("s\(number).txt", text: "x")
      }
      return tar.closed
    }
    // Another caption of the same length, under the same name.
    for text in ["red", "tan"] {
      var tar = FormatFixtures.Tar()
      tar.add("s.jpg", FormatFixtures.image(1))
      tar.add("s.txt", text: text)
      try folder.write(tar.closed, to: "\(text)/c.tar")
    }
    let red = try DataIdentity.of("\(folder.path)/red/c.tar"), tan = try DataIdentity.of("\(folder.path)/tan/c.tar")
    #expect(!tan.isSameData(as: red))
    try folder.write(pair(600, 2000), to: "e.tar")
    let cut = try DataIdentity.of("\(folder.path)/e.tar")
    try folder.write(pair(2000, 600), to: "e.tar")
    let other = try DataIdentity.of("\(folder.path)/e.tar")
    #expect(other.changes(since: cut).count == 1)
    #expect(other.changes(since: cut)[0].hasPrefix("as many samples (2), but other files"))
  }

  @Test("a table's identity holds its captions and its files' sizes")
  func table() throws {
    try folder.write(FormatFixtures.image(1), to: "a.jpg")
    try folder.write("filepath\ttitle\na.jpg\tred\nb.jpg\tblue\n", to: "t.tsv")
    let path = "\(folder.path)/t.tsv"
    let first = try DataIdentity.of(path)
    #expect(first.samples == 2)
    #expect(first.format == "csv")
    try folder.write("filepath\ttitle\na.jpg\tred\nb.jpg\tgreen\n", to: "t.tsv")
    let second = try DataIdentity.of(path)
    #expect(!second.isSameData(as: first))
    try folder.write(FormatFixtures.image(1, count: 701), to: "a.jpg")
    #expect(try !DataIdentity.of(path).isSameData(as: second))
  }

  @Test("scenes are the same however they are spelled; another seed is not")
  func scenes() throws {
    let first = try DataIdentity.of("scenes:test?count=20")
    #expect(try DataIdentity.of("scenes:test?size=64&seed=0&count=20").isSameData(as: first))
    #expect(try !DataIdentity.of("scenes:test?count=20&seed=1").isSameData(as: first))
    #expect(try DataIdentity.of("scenes:test?count=21").changes(since: first) == ["21 samples, 20 before"])
  }

  @Test("class names and templates are part of labeled data")
  func classes() throws {
    try folder.write(FormatFixtures.image(1), to: "test/cat/a.jpg")
    try folder.write(FormatFixtures.image(2), to: "test/dog/a.jpg")
    try folder.write("cat\ndog\n", to: "classnames.txt")
    let first = try DataIdentity.of(folder.path)
    try folder.write("a {c}\n", to: "zeroshot_classification_templates.txt")
    #expect(try !DataIdentity.of(folder.path).isSameData(as: first))
  }

  @Test("JSON brings it back; anything else is refused")
  func json() throws {
    let identity = try DataIdentity.of("scenes:train?count=7")
    #expect(try DataIdentity(json: JSONParser.parse(identity.json.text())) == identity)
    #expect(try JSONDecoder().decode(DataIdentity.self, from: JSONEncoder().encode(identity)) == identity)
    for text in ["{}", "[]", #"{"format": "csv", "path": "p", "samples": -1, "digest": "d"}"#] {
      #expect(throws: InputError.self) { try DataIdentity(json: JSONParser.parse(text)) }
    }
  }
}
