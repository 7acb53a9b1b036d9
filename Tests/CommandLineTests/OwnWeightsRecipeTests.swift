import CLIPFiles
import Foundation
import Testing

/// The recipes that take a user's weights and pairs, in a folder that holds both, made small.
@Suite("Recipes for a user's own weights")
struct OwnWeightsRecipeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Pairs as the recipe's head describes them: shards, or tables beside a folder of pictures.
  private func writePairs(asTables: Bool) throws {
    for (part, split) in [("train", "train"), ("val", "validation"), ("test", "test")] {
      let shards = "\(folder.path)/flickr30k/\(part)"
      let made = try Program.run([
        "data", "scenes", "--output", shards, "--split", split, "--count", "24", "--size", "32",
      ])
      try #require(made.status == 0, "\(made.errors)")
      guard asTables else { continue }
      let pictures = "\(folder.path)/coco/images/\(part)"
      try Folder.make(pictures)
      let unpacked = try Program.shell(
        "cd '\(pictures)' && for shard in '\(shards)'/*.tar; do tar -xf \"$shard\"; done")
      try #require(unpacked.status == 0, "\(unpacked.errors)")
      var table = "filepath,title\n"
      for name in try Folder.names(in: pictures) where name.hasSuffix(".png") || name.hasSuffix(".jpg") {
        for caption in try TextFile.lines(of: "\(pictures)/\(name.dropLast(4)).txt") where !caption.isEmpty {
          table += "\(part)/\(name),\"\(caption)\"\n"
        }
      }
      try folder.write(Array(table.utf8), "coco/\(part).csv")
    }
  }

  /// A recipe of the project with the sizes of the checkpoint that stands for the user's.
  private func small(_ name: String) throws -> String {
    var text = try TextFile.text(of: "\(DocumentedCommands.root)/recipes/\(name).yaml")
    for (key, value) in [
      ("vision-layers", "[1, 2]"), ("vision-width", "[16, 32]"), ("vision-heads", "[1, 2]"),
      ("vision-mlp", "[0, 32, 64]"), ("train-num-samples", "8"), ("batch-size", "8"), ("calibration-samples", "16"),
    ] {
      let changed = text.replacing(try Regex("(?m)^( *)\(key): .*$")) {
        "\($0.output[1].substring ?? "")\(key): \(value)"
      }
      #expect(changed != text, "\(name) names no \(key)")
      text = changed
    }
    return try folder.write(Array(text.utf8), "\(name).yaml")
  }

  @Test("they are planned on shards and on tables", arguments: [("vit-b-32", "ViT-B-32"), ("vit-b-16", "ViT-B-16")])
  func planned(recipe: String, weights: String) throws {
    try Checkpoint.write(to: "\(folder.path)/\(weights)")
    try writePairs(asTables: recipe == "vit-b-16")
    let outcome = try Program.run(["search", try small(recipe), "--dry-run", "--json"], in: folder.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let plan = try JSONParser.parse(outcome.output)
    #expect(plan["shapes"]?.intValue == 2 * 2 * 2 * 3 && plan["trials"]?.intValue == 60)
    #expect(try #require(plan["trial_s"]?.doubleValue) > 0)
    #expect(plan["proposals"]?.arrayValue?.isEmpty == false)
  }
}
