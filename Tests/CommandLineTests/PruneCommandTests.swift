import CLIPFiles
import Foundation
import Testing

@Suite("prune")
struct PruneCommandTests {
  private static let data = "scenes:train?count=200&size=32"

  /// A tiny checkpoint in a folder of its own.
  private static func checkpoint() throws -> (folder: TemporaryFolder, path: String) {
    let folder = try TemporaryFolder(), path = "\(folder.path)/dense"
    try Checkpoint.write(to: path)
    return (folder, path)
  }

  private static func prune(_ folder: TemporaryFolder, _ path: String, _ arguments: [String]) throws -> Program.Outcome
  {
    try Program.run(
      [
        "prune", "--pretrained", path, "--output", "\(folder.path)/pruned", "--rankings", "\(folder.path)/rankings",
        "--calibration-samples", "48", "--threads", "2",
      ] + arguments)
  }

  @Test("pixels that no patch reads are told")
  func unreadPixels() throws {
    let (folder, path) = try Self.checkpoint()
    let cut = ["--calibration-data", Self.data, "--strategy", "magnitude", "--image-size", "31"]
    let outcome = try Self.prune(folder, path, cut)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: pictures of 31 pixels hold"), "\(outcome.errors)")
  }

  @Test("what is written has the shape asked for, and can be evaluated, fine-tuned and pruned again")
  func roundTrip() throws {
    let (folder, path) = try Self.checkpoint()
    let outcome = try Self.prune(
      folder, path,
      [
        "--calibration-data", Self.data, "--vision-width", "24", "--vision-mlp", "40,48", "--text-heads", "1",
        "--embed-dim", "8", "--val-data", "scenes:validation?count=20",
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("mean recall@1 on"))
    let report = try JSONParser.parse(file: "\(folder.path)/pruned/pruning.json")
    let config = try JSONParser.parse(file: "\(folder.path)/pruned/open_clip_config.json")["model_cfg"]
    #expect(config?["embed_dim"]?.intValue == 8)
    #expect(config?["vision_cfg"]?["mlp_width"]?.arrayValue?.compactMap(\.intValue) == [40, 48])
    #expect(config?["vision_cfg"]?["width"]?.intValue == 24)
    #expect(config?["text_cfg"]?["heads"]?.intValue == 1)
    #expect(report["after"]?["config"] == config)
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/pruned/pruning.html"))
    let evaluated = try Program.run([
      "evaluate", "--pretrained", "\(folder.path)/pruned", "--data", "scenes:validation?count=20",
    ])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let tuned = try Program.run([
      "finetune", "--pretrained", "\(folder.path)/pruned", "--distill-pretrained", path, "--train-data", Self.data,
      "--batch-size", "16", "--train-num-samples", "32", "--equal-flops", "--logs", folder.path, "--name", "tuned",
    ])
    #expect(tuned.status == 0, "\(tuned.errors)")
    let again = try Program.run([
      "prune", "--pretrained", "\(folder.path)/tuned/checkpoints/epoch_1", "--output", "\(folder.path)/again",
      "--rankings", "\(folder.path)/rankings", "--calibration-samples", "48", "--calibration-data", Self.data,
      "--target-macs", "80%", "--json",
    ])
    #expect(again.status == 0, "\(again.errors)")
    let smaller = try JSONParser.parse(again.output)
    let before = (smaller["before"]?["image_macs"]?.intValue ?? 0) + (smaller["before"]?["text_macs"]?.intValue ?? 0)
    let after = (smaller["after"]?["image_macs"]?.intValue ?? 0) + (smaller["after"]?["text_macs"]?.intValue ?? 0)
    #expect(after <= before * 8 / 10 && after > before / 2)
  }

  @Test("smaller pictures, coarser patches and blocks of attention alone: measured, exported, fine-tuned as they are")
  func picturesAndBlocks() throws {
    let (folder, path) = try Self.checkpoint()
    let dense = try JSONParser.parse(file: "\(path)/open_clip_config.json")["model_cfg"]?["vision_cfg"]
    let patch = try #require(dense?["patch_size"]?.intValue), image = try #require(dense?["image_size"]?.intValue)
    let outcome = try Self.prune(
      folder, path,
      [
        "--calibration-data", Self.data, "--image-size", "\(image - 4)", "--patch-size", "\(patch + 2)", "--vision-mlp",
        "0,48", "--text-mlp", "0", "--val-data", "scenes:validation?count=20",
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("blocks without a feed-forward layer"), "\(outcome.output)")
    #expect(outcome.output.contains("image size") && outcome.output.contains("\(image - 4) px"), "\(outcome.output)")
    let config = try JSONParser.parse(file: "\(folder.path)/pruned/open_clip_config.json")
    let vision = config["model_cfg"]?["vision_cfg"]
    #expect(vision?["image_size"]?.intValue == image - 4 && vision?["patch_size"]?.intValue == patch + 2)
    #expect(vision?["mlp_width"]?.arrayValue?.compactMap(\.intValue) == [0, 48])
    let size = config["preprocess_cfg"]?["size"]
    #expect(size?.intValue == image - 4 || size?.arrayValue?.first?.intValue == image - 4, "\(config)")
    let report = try JSONParser.parse(file: "\(folder.path)/pruned/pruning.json")
    #expect(report["before"]?["config"]?["vision_cfg"]?["image_size"]?.intValue == image)
    for arguments in [
      ["evaluate", "--pretrained", "\(folder.path)/pruned", "--data", "scenes:validation?count=20"],
      [
        "evaluate", "--pretrained", "\(folder.path)/pruned", "--data", "scenes:validation?count=20", "--precision",
        "int8",
        "--calibration-data", Self.data, "--calibration-samples", "32",
      ],
      ["export", "\(folder.path)/pruned", "--format", "onnx", "--output", "\(folder.path)/graphs"],
      ["estimate", "--model", "\(folder.path)/pruned"],
      [
        "finetune", "--pretrained", "\(folder.path)/pruned", "--distill-pretrained", path, "--train-data", Self.data,
        "--batch-size", "16", "--train-num-samples", "32", "--logs", folder.path, "--name", "tuned",
      ],
    ] {
      let found = try Program.run(arguments)
      #expect(found.status == 0, "\(arguments[0]): \(found.errors)")
    }
    for (arguments, part) in [
      (["--image-size", "\(image + 1)"], "--image-size must be from \(patch) to \(image)"),
      (["--patch-size", "\(patch - 1)"], "--patch-size must be from \(patch) to \(image)"),
      (["--image-size", "\(patch)", "--patch-size", "\(patch + 1)"], "--image-size must be from \(patch + 1)"),
    ] {
      let found = try Self.prune(folder, path, arguments + ["--overwrite"])
      #expect(found.status != 0 && found.errors.contains(part), "\(found.errors)")
    }
    let again = try Program.run([
      "prune", "--pretrained", "\(folder.path)/pruned", "--output", "\(folder.path)/again", "--vision-width", "8",
      "--calibration-data", Self.data,
    ])
    #expect(again.status == 1 && again.errors.contains("cannot be cut again"), "\(again.errors)")
  }

  @Test("a shape that a library must hold is written in its layout, its cost against the free shape printed and kept")
  func loadable() throws {
    let (folder, path) = try Self.checkpoint()
    let budget = ["--calibration-data", Self.data, "--target-macs", "60%", "--overwrite"]
    let outcome = try Self.prune(
      folder, path, budget + ["--loadable", "hf", "--val-data", "scenes:validation?count=20"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let output = outcome.output
    #expect(output.contains("a shape that transformers holds: mean recall@1") && output.contains("the free shape"))
    #expect(output.contains("loads in: transformers, carbonclip; open_clip after convert --format open_clip"))
    let written = "\(folder.path)/pruned"
    #expect(Folder.containsFile("\(written)/model.safetensors") && Folder.containsFile("\(written)/config.json"))
    #expect(try TextFile.text(of: "\(written)/README.md").contains("library_name: transformers\n"))
    let report = try JSONParser.parse(file: "\(written)/pruning.json")
    #expect(report["loadable"]?["library"]?.stringValue == "hf")
    #expect(report["loadable"]?["free_metrics"]?["mean_recall@1"]?.doubleValue != nil)
    #expect(report["loadable"]?["divergence"]?.doubleValue ?? -1 > 0)
    let free = try #require(report["loadable"]?["free_shape"]), after = try #require(report["after"])
    func macs(_ shape: JSONValue) -> Int { (shape["image_macs"]?.intValue ?? 0) + (shape["text_macs"]?.intValue ?? 0) }
    #expect(
      macs(after) <= macs(report["before"] ?? .null) * 6 / 10 && macs(free) <= macs(report["before"] ?? .null) * 6 / 10)
    let back = try Program.run(["evaluate", "--pretrained", written, "--data", "scenes:validation?count=20"])
    #expect(back.status == 0, "\(back.errors)")
  }

  @Test("a shape that no library holds says so, and brings the module that loads it")
  func free() throws {
    let (folder, path) = try Self.checkpoint()
    let outcome = try Self.prune(
      folder, path, ["--calibration-data", Self.data, "--vision-heads", "2,1", "--strategy", "magnitude"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains(
        "loads in: PyTorch by the carbonclip_model.py beside it, carbonclip; not in stock open_clip or transformers "
          + "(image heads that do not fill the width)\n"))
    let written = "\(folder.path)/pruned"
    #expect(
      try TextFile.text(of: "\(written)/carbonclip_model.py")
        == TextFile.text(of: DataFolder.path("python/carbonclip_model.py")))
    let config = try JSONParser.parse(file: "\(written)/config.json")
    #expect(config["auto_map"]?["AutoModel"]?.stringValue == "carbonclip_model.CarbonCLIPModel")
    #expect(try TextFile.text(of: "\(written)/README.md").contains("library_name: carbonclip\n"))
    // What is converted says the same; the file alone, without open_clip's, is read as well.
    let converted = try Program.run(["convert", "--pretrained", written, "--output", "\(folder.path)/converted"])
    #expect(converted.status == 0 && converted.errors.contains("not in stock open_clip"), "\(converted.errors)")
    try Folder.remove("\(written)/open_clip_config.json")
    let read = try Program.run(["evaluate", "--pretrained", written, "--data", "scenes:validation?count=20"])
    #expect(read.status == 0, "\(read.errors)")
  }

  @Test(
    "what cannot be is refused in one line, and nothing is written",
    arguments: [
      (["--vision-heads", "0"], "--vision-heads must be from 1 to 2, found 0"),
      (["--vision-width", "33"], "--vision-width must be from 1 to 32, found 33"),
      (["--text-layers", "9"], "--text-layers must be from 1 to 2, found 9"),
      (["--vision-mlp", "a"], "--vision-mlp takes whole numbers"),
      (["--vision-mlp", "9223372036854775807"], "--vision-mlp must be from 0 to 64"),
      (["--vision-mlp", "13", "--strategy", "reference"], "choose from 8, 16, 24"),
      (["--target-macs", "150%"], "--target-macs must be at most"),
      (["--target-macs", "0.5%"], "cannot be reached"),
      (["--target-image-macs", "0.5%"], "--target-image-macs cannot be reached"),
      (["--target-image-macs", "150%"], "--target-image-macs must be at most"),
      (["--target-macs", "50%", "--strategy", "reference"], "cannot choose them"),
      (["--vision-mlp", "8", "--strategy", "tailor"], "did you mean \"taylor\"?"),
      (["--vision-mlp", "8", "--compensation", "rigde"], "did you mean \"ridge\"?"),
      ([], "nothing to cut"),
      (["--loadable", "open_clip"], "nothing to cut"),
      (["--target-macs", "50%", "--strategy", "learned-masks"], "takes --target-image-macs and no sizes"),
      (["--target-image-macs", "50%", "--vision-mlp", "8", "--strategy", "learned-masks"], "and no sizes"),
      (["--target-image-macs", "50%", "--ridge", "1", "--strategy", "learned-masks"], "corrects none"),
      (
        ["--target-image-macs", "50%", "--strategy", "learned-masks", "--mask-samples", "0"],
        "--mask-samples must be from 1"
      ),
      (["--target-image-macs", "50%", "--strategy", "learned-masks", "--mask-lr", "99"], "--mask-lr must be from"),
      (["--target-image-macs", "50%", "--strategy", "learned-mask"], "did you mean \"learned-masks\"?"),
      (["--target-image-macs", "50%", "--mask-lr", "0.1"], "--mask-lr belongs to --strategy learned-masks"),
      (["--loadable", "hf", "--vision-width", "20"], "must be a multiple of a head's 16 channels, found 20"),
    ])
  func refused(arguments: [String], expected: String) throws {
    let (folder, path) = try Self.checkpoint()
    let outcome = try Self.prune(folder, path, arguments + ["--calibration-data", Self.data])
    // A flag's value out of range is wrong use.
    let isOfFlag = outcome.errorLines.last?.hasPrefix("error: --") ?? false
    #expect(outcome.status == (isOfFlag ? 64 : 1) || outcome.errors.hasPrefix("Error: "), "\(outcome.errors)")
    #expect(outcome.errorLines.filter { $0.contains(expected) }.count == 1, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/pruned"))
  }

  @Test("learned masks cut the image tower to a budget, the same bits each time")
  func masks() throws {
    let (folder, path) = try Self.checkpoint()
    let cut = [
      "--strategy", "learned-masks", "--target-image-macs", "50%", "--calibration-data", Self.data, "--mask-samples",
      "640",
      "--overwrite",
    ]
    let outcome = try Self.prune(folder, path, cut + ["--val-data", "scenes:validation?count=20"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let written = "\(folder.path)/pruned"
    let report = try JSONParser.parse(file: "\(written)/pruning.json")
    let before = try #require(report["before"]?["image_macs"]?.intValue)
    #expect(2 * (report["after"]?["image_macs"]?.intValue ?? before) <= before)
    #expect(report["before"]?["text_macs"] == report["after"]?["text_macs"])
    #expect(report["strategy"]?.stringValue == "learned-masks")
    let weights = try TextFile.bytes(of: "\(written)/open_clip_model.safetensors")
    #expect(try Self.prune(folder, path, cut + ["--threads", "1"]).status == 0)
    let areSame = try TextFile.bytes(of: "\(written)/open_clip_model.safetensors") == weights
    #expect(areSame)
    let back = try Program.run(["evaluate", "--pretrained", written, "--data", "scenes:validation?count=20"])
    #expect(back.status == 0, "\(back.errors)")
  }

  @Test("pairs that are missing, too few or broken are refused")
  func data() throws {
    let (folder, path) = try Self.checkpoint()
    let none = try Self.prune(folder, path, ["--vision-mlp", "32"])
    #expect(none.status == 1 && none.errors.contains("--calibration-data"))
    let few = try Self.prune(
      folder, path, ["--vision-mlp", "32", "--calibration-data", "scenes:train?count=4&size=32"])
    #expect(few.status == 1 && few.errors.contains("holds 4 usable image-text pairs, calibration needs at least 16"))
    let missing = try Self.prune(folder, path, ["--vision-mlp", "32", "--calibration-data", "nowhere.csv"])
    #expect(missing.status == 1 && missing.errors.contains("nowhere.csv"))
    let random = try Self.prune(folder, path, ["--vision-mlp", "32", "--strategy", "random"])
    #expect(random.status == 0, "\(random.errors)")
  }
}
