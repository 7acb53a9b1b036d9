import CLIPFiles
import Foundation
import CLIPImages
import Testing

@Suite("train and finetune")
struct TrainCommandTests {
  static let root = KillTests.root

  private static func recipe(_ folder: TemporaryFolder, _ text: String) throws -> String {
    try folder.write(Array(text.utf8), "recipe.yaml")
  }

  private static let good = """
    model: micro-s
    tokenizer: \(root)/data/vocabularies/scenes
    train-data: scenes:train?count=40
    batch-size: 8
    epochs: 1
    """

  @Test(
    "what is wrong with a run is said in one line before anything is trained, with exit code 1",
    arguments: [
      ("lr: fast", "recipe.yaml: line 6: lr must be a number"),
      ("lr: -1", "line 6: lr must be a number from 0 to 1000, found -1"),
      ("bach-size: 4", "did you mean"),
      ("losses: {contrastiv: 1}", "no loss \"contrastiv\""),
      ("losses: {feature: 1}", "name one with --distill-pretrained"),
      ("losses: {contrastive: 0}", "must have a term with a weight above 0"),
      ("lr-scheduler: linear", "must be cosine, const, const-cooldown"),
      ("val-data: nowhere", "nowhere"),
      ("distill-pretrained: nowhere", "nowhere: no such file or folder"),
      ("aug-scale: [0.9, 0.5]", "aug-scale"),
      ("grid: Atlantis", "Atlantis"),
      ("accum-freq: 100", "less than a batch of 800"),
      ("lr: 1e-3\nlr: 2e-3", "stands twice"),
      ("model: [micro]", "stands twice"),
    ])
  func badRecipes(line: String, expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try Self.recipe(folder, Self.good + "\n" + line + "\n")
    let outcome = try Program.run([
      "train", path, "--logs", "\(folder.path)/logs", "--name", "a", "--train-num-samples", "16",
    ])
    #expect(outcome.status == 1, "\(line): \(outcome.errors)")
    #expect(outcome.errors.contains(expected), "\(line): \(outcome.errors)")
    #expect(outcome.errorLines.count { $0.hasPrefix("error: ") } == 1)
  }

  @Test(
    "train and finetune have a flag for each setting that the documentation lists as one",
    arguments: ["train", "finetune"])
  func flags(command: String) throws {
    let page = try TextFile.text(of: "\(Self.root)/docs/training.md")
    let section = try #require(page.split(separator: "## All settings\n").dropFirst().first)
    let rows = section.prefix(through: section.range(of: "\n## ")?.lowerBound ?? section.startIndex)
      .split(separator: "\n").filter { $0.hasPrefix("| `") }
    let help = Set(try Program.run([command, "--help"]).output.split { $0 == " " || $0 == "\n" })
    #expect(rows.count > 60)
    for row in rows {
      let key = row.dropFirst(3).prefix { $0 != "`" }
      #expect(help.contains("--\(key)") != row.contains("In recipes only."), "\(key)")
    }
  }

  @Test("a batch that no memory holds is refused before anything is computed")
  func memory() throws {
    let folder = try TemporaryFolder()
    let arguments = [
      "train", "--model", "ViT-L-14", "--train-data", "scenes:train?count=1000000&size=224", "--batch-size", "65536",
      "--logs",
      "\(folder.path)/logs", "--name", "a",
    ]
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 1 && outcome.errors.contains("GB of memory"), "\(outcome.errors)")
  }

  @Test("flags override the recipe, and the resolved settings stand in the run's folder")
  func flags() throws {
    let folder = try TemporaryFolder()
    let path = try Self.recipe(folder, Self.good + "\n")
    let outcome = try Program.run([
      "train", path, "--logs", "\(folder.path)/logs", "--name", "a", "--lr", "2e-3", "--loss", "siglip=1", "--aug-cfg",
      "scale=0.5,1", "--wd", "0.05", "--epochs", "2", "--save-precision", "fp16",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let settings = try TextFile.text(of: "\(folder.path)/logs/a/params.yaml")
    for line in [
      "lr: 0.002", "wd: 0.05", "epochs: 2", "aug-scale: [0.5, 1]", "  siglip: 1", "batch-size: 8", "beta2: 0.98",
    ] {
      #expect(settings.contains(line + "\n"), "\(line) in \(settings)")
    }
    // The checkpoint is a model that the other commands take.
    let checkpoint = "\(folder.path)/logs/a/checkpoints/epoch_2"
    let evaluation = try Program.run([
      "evaluate", "--pretrained", checkpoint, "--data", "scenes:validation?count=20", "--json",
    ])
    #expect(evaluation.status == 0, "\(evaluation.errors)")
    let card = try TextFile.text(of: "\(checkpoint)/README.md")
    #expect(
      card.hasPrefix("---\n") && card.contains("co2_eq_emissions:\n  emissions: ")
        && card.contains("training_type: \"pre-training\""))
    // The resolved recipe repeats the run.
    let again = try Program.run([
      "train", "\(folder.path)/logs/a/params.yaml", "--logs", "\(folder.path)/logs", "--name", "b",
    ])
    try #require(again.status == 0, "\(again.errors)")
    let first = try TextFile.bytes(of: "\(checkpoint)/open_clip_model.safetensors")
    let second = try TextFile.bytes(of: "\(folder.path)/logs/b/checkpoints/epoch_2/open_clip_model.safetensors")
    #expect(first == second)
  }

  @Test("fine-tuning needs weights; a run that exists is not overwritten; a missing resume point is named")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let path = try Self.recipe(folder, Self.good + "\n"), logs = "\(folder.path)/logs"
    let tuned = try Program.run(["finetune", path, "--logs", logs])
    #expect(tuned.status == 1 && tuned.errors.contains("fine-tuning needs trained weights"))
    let first = try Program.run(["train", path, "--logs", logs, "--name", "a"])
    try #require(first.status == 0, "\(first.errors)")
    let second = try Program.run(["train", path, "--logs", logs, "--name", "a"])
    #expect(second.status == 1 && second.errors.contains("--resume latest"))
    let missing = try Program.run([
      "train", path, "--logs", logs, "--name", "b", "--resume", "\(folder.path)/none.safetensors",
    ])
    #expect(missing.status == 1 && missing.errors.contains("none.safetensors"))
    let wrong = try Program.run(["train", path, "--logs", logs, "--name", "../b"])
    #expect(wrong.status == 64 && wrong.errors.contains("--name"))
    let blocked = try Program.run(["train", path, "--logs", path, "--name", "a"])
    #expect(blocked.status == 1 && blocked.errorLines.count == 1)
  }

  @Test("a batch of one is refused where the loss tells samples from one another, and not where it does not")
  func batchOfOne() throws {
    let folder = try TemporaryFolder(), logs = "\(folder.path)/logs"
    let path = try Self.recipe(folder, Self.good.replacing("batch-size: 8", with: "batch-size: 1") + "\n")
    let alone = try Program.run(["train", path, "--logs", logs, "--name", "a"])
    #expect(alone.status == 1 && alone.errorLines.count == 1)
    #expect(alone.errors.contains("leaves loss \"contrastive\" constant"), "\(alone.errors)")
    #expect(alone.errors.contains("raise --batch-size or --accum-freq"), "\(alone.errors)")
    for more in [["--siglip"], ["--accum-freq", "2"]] {
      let other = try Program.run(
        ["train", path, "--logs", logs, "--name", "b\(more.count)", "--train-num-samples", "2"] + more)
      #expect(other.status == 0, "\(other.errors)")
    }
  }

  @Test("a vocabulary that does not fit is answered with where the right one is")
  func vocabulary() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run([
      "train", "--model", "micro-s", "--train-data", "scenes:train?count=16", "--logs", "\(folder.path)/logs",
    ])
    #expect(outcome.status == 1 && outcome.errors.contains("data/vocabularies/scenes"), "\(outcome.errors)")
  }

  @Test("a run that --resume latest does not find is said to start anew; its card shows its name as it is")
  func mistypedName() throws {
    let folder = try TemporaryFolder()
    let path = try Self.recipe(folder, Self.good + "\n"), name = "<img src=x onerror=alert(1)>"
    let outcome = try Program.run([
      "train", path, "--logs", "\(folder.path)/logs", "--name", name, "--resume", "latest",
    ])
    #expect(outcome.status == 0 && outcome.errors.contains("note: no resume point in "), "\(outcome.errors)")
    let card = try TextFile.text(of: "\(folder.path)/logs/\(name)/checkpoints/epoch_1/README.md")
    #expect(card.contains("# &lt;img src=x onerror=alert(1)&gt;\n") && !card.contains("<img"))
  }

  @Test("what could not be used is said at the end, with its number and the first reason")
  func leftOut() throws {
    let folder = try TemporaryFolder()
    var table = "filepath\ttitle\n"
    for index in 0..<20 {
      let picture = PixelImage(rows: 8, columns: 8, pixels: [UInt8](repeating: UInt8(index * 9), count: 192))
      let bytes = try PNGEncoder.encode(picture)
      try folder.write(index == 7 ? Array(bytes.prefix(30)) : bytes, "\(index).png")
      table += "\(index).png\tnumber \(index)\n"
    }
    let data = try folder.write(Array(table.utf8), "pairs.csv")
    let path = try Self.recipe(folder, Self.good + "\n")
    let outcome = try Program.run([
      "train", path, "--train-data", data, "--epochs", "3", "--logs", "\(folder.path)/logs", "--name", "a",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: 1 sample could not be used and was left out"), "\(outcome.errors)")
    #expect(outcome.errors.contains("7.png"), "\(outcome.errors)")
    let page = try TextFile.text(of: "\(folder.path)/logs/a/run.html")
    #expect(page.contains("Samples left out") && page.contains("7.png"))
  }

  @Test("the shipped base model finds what its card says")
  func base() throws {
    let outcome = try Program.run([
      "evaluate", "--pretrained", "\(Self.root)/checkpoints/base", "--data", "scenes:test?count=200", "--json",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    // Among 200 pictures more than among the card's 1,000.
    let metrics = try JSONParser.parse(outcome.output)["metrics"]
    #expect(try #require(metrics?["image_retrieval_recall@1"]?.doubleValue) > 0.8)
    #expect(try #require(metrics?["text_retrieval_recall@1"]?.doubleValue) > 0.95)
  }
}
