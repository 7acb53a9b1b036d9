import CLIPFiles
import Foundation
import Testing

/// The program away from its checkout: what comes along is found from any folder.
@Suite("From any folder")
struct ElsewhereTests {
  private static let root = DocumentedCommands.root

  @Test("checkpoints that come along are found by their path in the project and by their name")
  func checkpoints() throws {
    let folder = try TemporaryFolder()
    for name in ["checkpoints/base", "base", "checkpoints/base/open_clip_model.safetensors"] {
      let outcome = try Program.run(
        ["evaluate", "--pretrained", name, "--data", "scenes:test?count=4", "--json"], in: folder.path)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("note: \(name): taken from \(Self.root)/checkpoints/base"), "\(outcome.errors)")
    }
    let quiet = try Program.run(
      ["evaluate", "--pretrained", "base", "--data", "scenes:test?count=4", "--quiet"], in: folder.path)
    #expect(quiet.status == 0 && quiet.errors.isEmpty && quiet.output.contains("recall"), "\(quiet.errors)")
  }

  @Test(
    "photographs that come along are found by their path in the project, and every picture decodes",
    arguments: [
      ("wds_grocery", 1265, "fp1-068809070c1b72084b1cce58ac3dd33e"),
      ("wds_clothing", 778, "fp1-dd46854398357e147aa5debcbaf297e1"),
    ])
  func photographs(set: String, pictures: Int, fingerprint: String) throws {
    let folder = try TemporaryFolder(), name = "data/photographs/\(set)"
    let outcome = try Program.run(["data", "inspect", "--data", name, "--json"], in: folder.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: \(name): taken from \(Self.root)/\(name)"), "\(outcome.errors)")
    let found = try JSONParser.parse(outcome.output)
    #expect(found["images"]?.intValue == pictures && found["skipped"]?.intValue == 0)
    #expect(found["data_fingerprint"]?.stringValue == fingerprint)
    #expect(try TextFile.text(of: "\(Self.root)/data/photographs/README.md").contains(fingerprint))
    let missing = try Program.run(["data", "inspect", "--data", "data/photographs/wds_none"], in: folder.path)
    #expect(missing.status == 1 && missing.errors.contains("no such file or folder"), "\(missing.errors)")
  }

  @Test("a recipe finds what it names from another folder, and a name is enough for one that comes along")
  func recipes() throws {
    let folder = try TemporaryFolder()
    for recipe in ["\(Self.root)/recipes/sweep.yaml", "recipes/sweep.yaml", "sweep"] {
      let outcome = try Program.run(["estimate", recipe, "--draws", "100", "--json"], in: folder.path)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    // The base model of the recipe is found: what is not there is the study.
    for recipe in ["\(Self.root)/recipes/quickstart.yaml", "quickstart"] {
      let outcome = try Program.run(["search", recipe, "--status"], in: folder.path)
      #expect(outcome.errors.contains("logs/quickstart/study.sqlite: there is no study"), "\(outcome.errors)")
    }
    let wrong = try Program.run(["search", "quikstart"], in: folder.path)
    #expect(wrong.status == 1 && wrong.errors.contains("did you mean \"quickstart\"?"), "\(wrong.errors)")
  }

  @Test("a run's record names what it read by paths that lead there from anywhere")
  func record() throws {
    let project = try TemporaryFolder(), elsewhere = try TemporaryFolder()
    for name in ["recipes", "models"] { try Folder.make("\(project.path)/\(name)") }
    try FileManager.default.copyItem(
      atPath: "\(Self.root)/recipes/small-model.json", toPath: "\(project.path)/models/small.json")
    let recipe = """
      model: models/small.json
      tokenizer: data/vocabularies/scenes
      train-data: scenes:train?count=8
      batch-size: 4
      epochs: 1
      save-frequency: 0
      """
    try project.write(Array(recipe.utf8), "recipes/tiny.yaml")
    let real = try #require(Folder.real(project.path))
    // From elsewhere the record holds whole paths; from the project itself they stay as they were.
    let there = try Program.run(["train", "\(project.path)/recipes/tiny.yaml", "--name", "x"], in: elsewhere.path)
    #expect(there.status == 0, "\(there.errors)")
    let record = try TextFile.text(of: "\(elsewhere.path)/logs/x/params.yaml")
    #expect(record.contains("model: \(real)/models/small.json"), "\(record)")
    let here = try Program.run(["train", "recipes/tiny.yaml", "--name", "x"], in: project.path)
    #expect(here.status == 0, "\(here.errors)")
    #expect(try TextFile.text(of: "\(project.path)/logs/x/params.yaml").contains("model: models/small.json"))
    // Logs that lie apart from the project do not lead back to it.
    let apart = try Program.run(
      ["train", "recipes/tiny.yaml", "--name", "y", "--logs", elsewhere.path], in: project.path)
    #expect(apart.status == 0, "\(apart.errors)")
    #expect(try TextFile.text(of: "\(elsewhere.path)/y/params.yaml").contains("model: \(real)/models/small.json"))
    // A record is a recipe, wherever one is; the run goes on from another folder as the same run.
    let again = try Program.run(
      ["train", "\(project.path)/logs/x/params.yaml", "--name", "z"], in: elsewhere.path)
    #expect(again.status == 0, "\(again.errors)")
    let resumed = try Program.run(
      [
        "train", "\(project.path)/recipes/tiny.yaml", "--logs", "\(project.path)/logs", "--name", "x", "--resume",
        "latest",
      ],
      in: elsewhere.path)
    #expect(!resumed.errors.contains("model:"), "\(resumed.errors)")
  }

  @Test("a file that a recipe names and that is nowhere is answered with the places that were tried")
  func nowhere() throws {
    let project = try TemporaryFolder(), elsewhere = try TemporaryFolder()
    try Folder.make("\(project.path)/recipes")
    let text = try TextFile.text(of: "\(Self.root)/recipes/quickstart.yaml")
    try project.write(Array(text.replacing("checkpoints/base", with: "checkpoints/bse").utf8), "recipes/a.yaml")
    try project.write(Array(text.replacing("scenes:train?", with: "shards/train.tar#").utf8), "recipes/b.yaml")
    let real = try #require(Folder.real(project.path))
    let places = "it is neither here nor in \(real)/recipes, \(real), "
    let base = try Program.run(["search", "\(project.path)/recipes/a.yaml", "--dry-run"], in: elsewhere.path)
    #expect(base.status == 1 && base.errors.contains("checkpoints/bse: "), "\(base.errors)")
    #expect(base.errors.contains(places) && base.errors.contains(Self.root), "\(base.errors)")
    let data = try Program.run(["search", "\(project.path)/recipes/b.yaml", "--dry-run"], in: elsewhere.path)
    #expect(data.status == 1 && data.errors.contains("train-data: shards/train.tar"), "\(data.errors)")
    #expect(data.errors.contains("it is neither here nor in "), "\(data.errors)")
  }

  @Test("a checkpoint in the Hugging Face cache is found by its name, offline")
  func hub() throws {
    let home = try TemporaryFolder()
    let snapshot = "\(home.path)/models--someone--tiny-clip/snapshots/0123abc"
    try Folder.make(Folder.parent(of: snapshot))
    try Folder.make("\(home.path)/models--someone--tiny-clip/refs")
    try home.write(Array("0123abc".utf8), "models--someone--tiny-clip/refs/main")
    try FileManager.default.createSymbolicLink(
      atPath: snapshot, withDestinationPath: "\(Self.root)/checkpoints/base")
    let outcome = try Program.shell(
      "cd \"$1\" && HF_HUB_CACHE=\(home.path) \"$0\" evaluate --pretrained someone/tiny-clip --data 'scenes:test?count=4'"
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("taken from the Hugging Face cache, \(snapshot)"), "\(outcome.errors)")
    for name in ["someone/tiny-clip", "hf-hub:someone/tiny-clip", "hf-hub:someone/tiny-clip@0123abc"] {
      let priced = try Program.shell(
        "cd \"$1\" && HF_HUB_CACHE=\(home.path) \"$0\" estimate --model \(name) --json")
      #expect(priced.status == 0, "\(priced.errors)")
    }
    let missing = try Program.shell(
      "cd \"$1\" && HF_HUB_CACHE=\(home.path) \"$0\" evaluate --pretrained someone/other --data 'scenes:test?count=4'")
    #expect(missing.status == 1 && missing.errors.contains("hf download someone/other --local-dir other"))
  }

  @Test("a data folder that is none is refused, not passed over", arguments: ["/nowhere/at/all", "/etc", ""])
  func data(setting: String) throws {
    let outcome = try Program.shell("CARBONCLIP_DATA='\(setting)' \"$0\" estimate --model micro")
    #expect(outcome.status == 1 && outcome.errors.contains("CARBONCLIP_DATA names "), "\(outcome.errors)")
    let right = try Program.shell("CARBONCLIP_DATA='\(Self.root)/data' \"$0\" estimate --model micro")
    #expect(right.status == 0, "\(right.errors)")
  }
}
