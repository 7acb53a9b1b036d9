import CLIPFiles
import Foundation
import Testing

/// A family whose recipe has a claim, from the command line.
@Suite("The family command with a claim", .serialized)
struct ClaimCommandTests {
  @Test("validation first, then the test sets are opened; tables, figure and page say which pictures they are of")
  func claim() throws {
    let folder = try TemporaryFolder(), search = try SearchKillTests.recipe(folder, trials: 4)
    let text = try TextFile.text(of: search)
      .replacing("scenes:validation?count=40&size=32", with: "scenes:classes?count=40&size=32&seed=1")
      .replacing("scenes:test?count=24&size=32", with: "scenes:classes?count=24&size=32&seed=2")
    _ = try folder.write(Array((text + "\nsealed: true\ntask: classification\n").utf8), "search.yaml")
    let done = try Program.run([
      "search", search, "--logs", "\(folder.path)/logs", "--name", "s", "--candidates", "\(folder.path)/candidates",
      "--threads", "1",
    ])
    try #require(done.status == 0, "\(done.errors)")
    let recipe = try folder.write(
      Array(
        """
        search: \(search)
        study: \(folder.path)/logs/s
        record: \(folder.path)/family.json
        checkpoints: \(folder.path)/carbonclip-
        members: [s]
        baselines: {half: {vision-width: 8, vision-heads: 1}}
        finetune: {train-num-samples: 32}
        seeds: [0, 1]
        sealed: true
        choose: {most-loss: [100, 100]}
        claim: {uses: [battery-camera, camera], boundaries: [die, packaged, device], draws: 200}
        """.utf8), "family.yaml")
    let page = try folder.write(
      Array("Before\n\n<!-- result: claim-headline -->\n<!-- end -->\n\nBehind\n".utf8), "page.md")
    let words = [
      "family", recipe, "--candidates", "\(folder.path)/candidates", "--output", "\(folder.path)/out", "--threads", "1",
      "--page", page,
    ]
    for (more, pictures) in [([], "validation"), (["--open"], "test"), (["--recorded"], "test")] {
      let found = try Program.run(words + more)
      try #require(found.status == 0, "\(found.errors)")
      #expect(found.output.lowercased().contains("on \(pictures) pictures"), "\(found.output)")
      let text = try TextFile.text(of: page)
      #expect(text.hasPrefix("Before") && text.contains("\(pictures) pictures") && text.contains("Behind"))
      let tables = try TextFile.text(of: "\(folder.path)/out/tables.md")
      for name in ["claim-members", "claim-rivals", "claim-chances"] { #expect(tables.contains("result: \(name)")) }
      let figure = try TextFile.text(of: "\(folder.path)/out/family.svg")
      #expect(figure.contains("battery-camera, bare dies: on \(pictures) pictures"))
      #expect(figure.contains("base model") && figure.contains("made without a search"))
    }
    let wrong = try folder.write(Array("<!-- result: family-claim -->\n<!-- end -->\n".utf8), "wrong.md")
    let refused = try Program.run(Array(words.dropLast()) + [wrong, "--recorded"])
    #expect(refused.status == 1 && refused.errors.contains("unknown result"), "\(refused.errors)")
    let json = try Program.run(words + ["--recorded", "--json"])
    let object = try JSONParser.parse(json.output)
    #expect(object["pictures"]?.stringValue == "test" && object["frames"]?.arrayValue?.count == 3)
  }
}
