import CLIPFiles
import Foundation
import Testing

/// A family whose recipe has a claim, from the command line.
@Suite("The family command with a claim", .serialized)
struct ClaimCommandTests {
  private static let claim = """
    finetune: {train-num-samples: 32}
    sealed: true
    choose: {most-loss: [100, 100]}
    claim: {uses: [battery-camera, camera], boundaries: [die, packaged, device], draws: 200}
    """

  @Test(
    "validation first, then the test sets are opened; tables, figure, page and members say which pictures they are of")
  func claim() throws {
    let folder = try TemporaryFolder(), search = try SmallSearch(folder, changes: SmallSearch.sealed(40, 24))
    let page = try folder.write(
      Array("Before\n\n<!-- result: claim-headline -->\n<!-- end -->\n\nBehind\n".utf8), "page.md")
    let words = search.words(try search.family(Self.claim)) + ["--page", page]
    let member = "\(folder.path)/carbonclip-s"
    var weights: [UInt8] = []
    for (more, pictures) in [([], "validation"), (["--open"], "test"), (["--recorded"], "test")] {
      let found = try Program.run(words + more)
      try #require(found.status == 0, "\(found.errors)")
      #expect(found.output.lowercased().contains("on \(pictures) pictures"), "\(found.output)")
      #expect(found.output.contains(member))
      let text = try TextFile.text(of: page)
      #expect(text.hasPrefix("Before") && text.contains("\(pictures) pictures") && text.contains("Behind"))
      let tables = try TextFile.text(of: "\(folder.path)/out/tables.md")
      for name in ["claim-members", "claim-rivals", "claim-chances"] { #expect(tables.contains("result: \(name)")) }
      let figure = try TextFile.text(of: "\(folder.path)/out/family.svg")
      #expect(figure.contains("battery-camera, bare dies: on \(pictures) pictures"))
      #expect(figure.contains("base model") && figure.contains("made without a search"))
      let card = try TextFile.text(of: "\(member)/README.md")
      #expect(card.contains(pictures == "test" ? "opened once" : "The test pictures are sealed"))
      let metrics = try JSONParser.parse(file: "\(member)/metrics.json")
      #expect((metrics["test"] == .null) == (pictures == "validation"))
      #expect(try JSONParser.parse(file: "\(member)/carbon.json")["uses"]?.arrayValue?.count == 6)
      let own = try TextFile.bytes(of: "\(member)/open_clip_model.safetensors")
      #expect(weights.isEmpty || own == weights)
      weights = own
    }
    let loaded = try Program.run(["evaluate", "--pretrained", member, "--data", "scenes:test?count=8&size=32"])
    #expect(loaded.status == 0, "\(loaded.errors)")
    let key = try #require(try JSONParser.parse(file: "\(member)/metrics.json")["key"]?.stringValue)
    let wrong = try folder.write(Array("<!-- result: family-claim -->\n<!-- end -->\n".utf8), "wrong.md")
    let refused = try Program.run(Array(words.dropLast()) + [wrong, "--recorded"])
    #expect(refused.status == 1 && refused.errors.contains("unknown result"), "\(refused.errors)")
    let json = try Program.run(words + ["--recorded", "--json"])
    let object = try JSONParser.parse(json.output)
    #expect(object["pictures"]?.stringValue == "test" && object["frames"]?.arrayValue?.count == 3)
    #expect(object["members"]?.arrayValue?.count == 1)

    // Weights that are gone: nothing is published of them, until they are trained again.
    try Folder.remove("\(folder.path)/candidates/\(key)")
    try Folder.remove(member)
    let missing = try Program.run(words + ["--recorded"])
    #expect(missing.status == 0 && missing.errors.contains("the weights of s are not here"), "\(missing.errors)")
    #expect(!Folder.exists(member))
    let again = try Program.run(words)
    #expect(again.status == 0 && again.errors.contains("trained again by the same recipe and seed"), "\(again.errors)")
    #expect(try TextFile.bytes(of: "\(member)/open_clip_model.safetensors") == weights)
  }

  @Test(
    "other searches on the same candidates are charged for all of them, and their models stand in a table of their own")
  func searches() throws {
    let folder = try TemporaryFolder(), search = try SmallSearch(folder, changes: SmallSearch.sealed(40, 24))
    try search.search("random", ["--optimizer", "random"])
    try search.search("macs", ["--objective", "macs"])
    let logs = "\(folder.path)/logs"
    let words = search.words(
      try search.family(Self.claim + "\nsearches: {random: \(logs)/random, macs: \(logs)/macs}"))
    let found = try Program.run(words + ["--json"])
    try #require(found.status == 0, "\(found.errors)")
    let object = try JSONParser.parse(found.output), charges = object["searches"]?.arrayValue ?? []
    #expect(charges.map { $0["rule"] } == [.null, "random", "macs"])
    #expect(charges.map { $0["objective"] } == ["total carbon", "total carbon", "multiply-adds"])
    for one in charges {
      let charge = one["charge"]
      #expect(charge?["trials"]?.intValue == 4 && (charge?["trainings"]?.intValue ?? 0) > 0)
      #expect(charge?["unknown"]?.intValue == 0 && (charge?["energy_j"]?.doubleValue ?? 0) > 0)
    }
    // The grey box begins alike whatever it makes small.
    #expect((charges.last?["charge"]?["taken_over"]?.intValue ?? 0) > 0)
    let tables = try TextFile.text(of: "\(folder.path)/out/tables.md")
    #expect(tables.contains("random-s") && tables.contains("macs-s") && tables.contains("the family's own searches"))
    // All is in the record: the studies are not needed any more, nor is anything priced anew.
    for name in ["s", "random", "macs"] { try Folder.remove("\(logs)/\(name)") }
    let again = try Program.run(words + ["--recorded", "--json"])
    try #require(again.status == 0, "\(again.errors)")
    #expect(try JSONParser.parse(again.output)["searches"] == object["searches"])
    #expect(Folder.containsFile("\(folder.path)/family-prices.jsonl"))
  }

  @Test("a search of other candidates cannot be compared, and the line says in what it differs")
  func otherSearch() throws {
    let folder = try TemporaryFolder(), search = try SmallSearch(folder, changes: SmallSearch.sealed(40, 24))
    let text = try TextFile.text(of: search.recipe), logs = "\(folder.path)/logs"
    _ = try folder.write(Array(text.replacing("lr: 1e-3", with: "lr: 2e-3").utf8), "search.yaml")
    try search.search("random", ["--optimizer", "random"])
    _ = try folder.write(Array(text.utf8), "search.yaml")
    let refused = try Program.run(
      search.words(try search.family(Self.claim + "\nsearches: {random: \(logs)/random}")))
    #expect(refused.status == 1 && refused.errors.contains("\(logs)/random: "), "\(refused.errors)")
    #expect(refused.errors.contains("random is a search of another kind: finetune.lr differ"), "\(refused.errors)")
  }
}
