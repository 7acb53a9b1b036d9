import CLIPFiles
import CLIPImageText
import Testing

@Suite struct ShardListTests {
  @Test(
    "patterns stand for names",
    arguments: [
      ("a.tar", ["a.tar"]),
      ("{00..03}.tar", ["00.tar", "01.tar", "02.tar", "03.tar"]),
      ("{8..11}", ["8", "9", "10", "11"]),
      ("{2..0}", ["2", "1", "0"]),
      ("{008..10}", ["008", "009", "010"]),
      ("{a,b}-{0..1}.tar", ["a-0.tar", "a-1.tar", "b-0.tar", "b-1.tar"]),
      ("x/{train/{0..1},val/0}.tar", ["x/train/0.tar", "x/train/1.tar", "x/val/0.tar"]),
      ("a{,b}.tar", ["a.tar", "ab.tar"]),
      ("a.tar::b{0,1}.tar::", ["a.tar", "b0.tar", "b1.tar"]),
      ("é/{0..1}", ["é/0", "é/1"]),
    ])
  func expands(pattern: String, names: [String]) throws { #expect(try ShardList.expand(pattern) == names) }

  @Test(
    "patterns that cannot be expanded are refused",
    arguments: [
      ("{0..3", "the braces of \"{0..3\" do not match; write {0000..0012} or {train,val}"),
      ("0}..3", "the braces of \"0}..3\" do not match; write {0000..0012} or {train,val}"),
      ("{0,{1}.tar", "the braces of \"{0,{1}.tar\" do not match; write {0000..0012} or {train,val}"),
      ("{}", "cannot expand {} in \"{}\"; write {0000..0012} or {train,val}"),
      ("{0...3}", "cannot expand {0...3} in \"{0...3}\"; write {0000..0012} or {train,val}"),
      ("{a..c}", "cannot expand {a..c} in \"{a..c}\"; write {0000..0012} or {train,val}"),
      ("{0..999999999}", "\"{0..999999999}\" stands for more than 131072 files; name a folder instead"),
      (
        "{0..999999999999999999}",
        "\"{0..999999999999999999}\" stands for more than 131072 files; name a folder instead"
      ),
      (
        "{0..9999}{0..9999}",
        "\"{0..9999}{0..9999}\" stands for more than 131072 files; name a folder instead"
      ),
      (
        "{0..99999999999999999999}",
        "cannot expand {0..99999999999999999999} in \"{0..99999999999999999999}\"; write {0000..0012} or {train,val}"
      ),
    ])
  func refuses(pattern: String, message: String) {
    #expect(FormatFixtures.message { _ = try ShardList.expand(pattern) } == message)
  }

  @Test("braces within braces, or after one another, do not grow without bound")
  func hostile() {
    #expect(throws: InputError.self) { try ShardList.expand(String(repeating: "{a,", count: 100_000)) }
    #expect(throws: InputError.self) { try ShardList.expand(String(repeating: "{0..9}", count: 100_000)) }
  }

  @Test("a folder stands for its shards in order, or for those of a split")
  func folders() throws {
    let folder = try FormatFixtures.Scratch()
    let empty = FormatFixtures.Tar().closed
    for name in ["b.tar", "a.tar", ".hidden.tar", "notes.txt", "test/1.tar", "val/2.tar"] {
      try folder.write(empty, to: "mixed/\(name)")
    }
    for name in ["test/0.tar", "train/0.tar", "train/1.tar"] { try folder.write(empty, to: "splits/\(name)") }
    func shards(_ path: String, split: String? = nil) throws -> [String] {
      var options = DataSetOptions()
      options.split = split
      return try WebDataset("\(folder.path)/\(path)", options).shards.map {
        $0.replacing("\(folder.path)/", with: "")
      }
    }
    #expect(try shards("mixed") == ["mixed/a.tar", "mixed/b.tar"])
    #expect(try shards("mixed", split: "val") == ["mixed/val/2.tar"])
    #expect(try shards("mixed", split: "other") == ["mixed/a.tar", "mixed/b.tar"])
    #expect(try shards("splits") == ["splits/test/0.tar"])
    #expect(try shards("splits", split: "train") == ["splits/train/0.tar", "splits/train/1.tar"])
    #expect(try shards("splits/train/{0..1}.tar") == ["splits/train/0.tar", "splits/train/1.tar"])
    #expect(
      try shards("splits/{train,test}") == ["splits/train/0.tar", "splits/train/1.tar", "splits/test/0.tar"])
    let place = "\(folder.path)/splits"
    #expect(
      FormatFixtures.message { _ = try shards("splits", split: "val") }
        == "\(place): no *.tar here nor in val/; choose a split: test, train")
    #expect(
      FormatFixtures.message { _ = try shards("splits/train/{0..2}.tar") }
        == "\(place)/train/2.tar: no such shard; check the path; the list is \("\(place)/train/{0..2}.tar".quotedForTest)"
    )
    try folder.write("3\n", to: "splits/train/nshards.txt")
    #expect(
      FormatFixtures.message { _ = try shards("splits", split: "train") }
        == "\(place)/train: nshards.txt says 3 shards, found 2; fetch the missing ones")
  }
}

extension String {
  /// The first 60 characters in quotes, as messages show them.
  fileprivate var quotedForTest: String { "\"\(prefix(60))\(count > 60 ? "…" : "")\"" }
}
