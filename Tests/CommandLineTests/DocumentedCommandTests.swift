import CLIPFiles
import Foundation
import Testing
import carbonclip

/// What helps, pages, recipes and the Makefile say is parsed, and run where its inputs ship with the toolkit.
@Suite("Documented commands")
struct DocumentedCommandTests {
  /// Lines that are not run, by a part of them, with the reason. One that matches nothing is a fault.
  private static let exceptions: [(part: String, reason: String)] = [
    ("ViT-B-16/", "weights to download"),
    ("clip-vit-base-patch32/", "weights to download"), ("epoch_32.pt", "weights of one's own"),
    ("paper-vit-b-", "weights to download"), ("shards/", "data of one's own"), ("pairs.csv", "data of one's own"),
    ("photos", "photographs of one's own"), ("wds_", "data to download"), ("emoji", "data to download"),
    ("flickr8k", "data to download"), ("FOLDER", "a form"), ("MODEL", "a form"), ("recipe.yaml", "a form"),
    ("RUN/", "a form"), ("--workers 2", "CoordinatorKillTests"), ("--executor slurm", "SlurmSearchTests"),
    (".task", "CoordinatorKillTests"), ("family recipes/family.yaml", "a minute; FamilyRunTests"),
    ("reproduce paper", "25 s; ReproduceCommandTests"), ("photographs/train", "data to fetch"),
    ("photographs.yaml", "data to fetch"), ("recipes/photographs-", "data to fetch"),
    ("vit-b-", "weights to fetch; ViTRecipeTests"),
  ]

  @Test("the parser takes every line, and knows every command that a sentence names")
  func parsed() throws {
    let commands = try DocumentedCommands.all()
    #expect(commands.count > 90)
    for command in commands {
      guard let fault = CommandLineCheck.fault(in: command.words) else { continue }
      // A sentence need not name all that a command needs.
      if command.isMention, fault.hasPrefix("Missing expected argument") || fault == "name at least one fixture" {
        continue
      }
      Issue.record("\(command): \(fault)")
    }
  }

  @Test("every line whose inputs are here runs, shortened")
  func run() throws {
    let shortened = ShortenedCommands()
    var done: Set<String> = [], matched: Set<String> = []
    for command in try DocumentedCommands.all() where !command.isMention {
      let exceptions = Self.exceptions.map(\.part).filter(command.text.contains)
      matched.formUnion(exceptions)
      guard exceptions.isEmpty else { continue }
      guard done.insert(command.text).inserted else { continue }
      let arguments = try shortened.shortened(command.words)
      let outcome = try Program.run(arguments, in: DocumentedCommands.root)
      #expect(outcome.status == 0, "\(command), as \(arguments.joined(separator: " ")): \(outcome.errors)")
    }
    #expect(done.count > 30)
    #expect(Self.exceptions.map(\.part).filter { !matched.contains($0) } == [])
  }

  @Test("the next command that prune prints runs as it is printed", arguments: [false, true])
  func next(weightFile: Bool) throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/it's mine"
    try Checkpoint.write(to: model)
    var source = ["--pretrained", model]
    if weightFile {
      // As a run's epoch_32.pt: without a configuration beside it.
      try Folder.make("\(folder.path)/weights")
      for name in ["open_clip_model.safetensors", "vocab.json", "merges.txt", "tokenizer.json"] {
        try FileManager.default.copyItem(atPath: "\(model)/\(name)", toPath: "\(folder.path)/weights/\(name)")
      }
      source = [
        "--pretrained", "\(folder.path)/weights/open_clip_model.safetensors", "--model",
        "\(model)/open_clip_config.json",
      ]
    }
    let pruned = try Program.run(
      ["prune"] + source + [
        "--vision-mlp", "32", "--calibration-data", "scenes:train?count=48&size=32", "--calibration-samples", "16",
        "--rankings", "\(folder.path)/rankings", "--output", "\(folder.path)/pruned",
      ])
    try #require(pruned.status == 0, "\(pruned.errors)")
    let line = try #require(pruned.output.split(separator: "\n").first { $0.hasPrefix("go on with: ") })
    let few = "--train-num-samples 8 --batch-size 4 --logs \"$1\" --name a"
    let tuned = try Program.shell("carbonclip() { \"$0\" \"$@\"; }; \(line.dropFirst(12)) \(few)")
    #expect(tuned.status == 0, "\(line): \(tuned.errors)")
  }
}
