import CLIPFiles
import Foundation
import Testing

@Suite("estimate")
struct EstimateCommandTests {
  private static let model = "TinyCLIP-ViT-8M-16-Text-3M"

  private static func space(in folder: TemporaryFolder) throws -> String {
    let path = "\(folder.path)/small.space.yaml"
    try AtomicFile.write(
      "clusters: [1, 2]\nwidth: [64, 128]\ndepth: [4, 16]\nl2: 64 KB\nl2-bandwidth: 64 B/cycle\nbuffer: [2 MB, 4 MB]\n",
      to: path)
    return path
  }

  @Test("one design is told by part and in JSON; flags change the scenario")
  func one() throws {
    let plain = try Program.run(["estimate", "--model", Self.model, "--design", "edge-dual"])
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(plain.output.contains("image tower") && plain.output.contains("until the deadline"))
    let outcome = try Program.run(
      ["estimate", "--model", Self.model, "--design", "edge-dual", "--grid", "0 g/kWh", "--dram", "none", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let carbon = try #require(try JSONParser.parse(outcome.output)["carbon"])
    #expect(carbon["operational_kgco2e"]?.doubleValue == 0)
    #expect(carbon["total_kgco2e"]?.doubleValue == carbon["total_without_dram_kgco2e"]?.doubleValue)
  }

  @Test("several models and designs are compared, with the probability that one is greener")
  func several() throws {
    let outcome = try Program.run([
      "estimate", "--model", Self.model, "--model", "ViT-B-32", "--design", "edge-base", "--design", "edge-dual",
      "--draws", "500",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count { $0.contains("is greener than") } == 6)
  }

  @Test("a sweep writes its files; every file tells the same front")
  func sweep() throws {
    let folder = try TemporaryFolder(), output = "\(folder.path)/out"
    let outcome = try Program.run([
      "estimate", "--model", Self.model, "--sweep", "--space", Self.space(in: folder), "--limit", "area <= 12 mm2",
      "--uncertainty", "--draws", "200", "--output", output, "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let object = try JSONParser.parse(outcome.output)
    #expect(object["designs"]?.intValue == 16)
    let front = try #require(object["front"]?.arrayValue)
    #expect(!front.isEmpty && front.allSatisfy { $0["uncertainty"]?["share_on_front"]?.doubleValue != nil })
    let rows = try String(contentsOfFile: "\(output)/front.csv", encoding: .utf8).split(separator: "\n")
    #expect(rows.count == front.count + 1)
    #expect(try String(contentsOfFile: "\(output)/sweep.csv", encoding: .utf8).split(separator: "\n").count == 17)
    #expect(try JSONParser.parse(file: "\(output)/sweep.json")["front"] == object["front"])
    #expect(try String(contentsOfFile: "\(output)/sweep.svg", encoding: .utf8).contains("</svg>"))
  }

  @Test("a recipe says what flags say, and flags override it")
  func recipe() throws {
    let folder = try TemporaryFolder(), path = "\(folder.path)/sweep.yaml"
    let text =
      "model: \(Self.model)\nsweep: true\nspace: \(try Self.space(in: folder))\nlimits: [\"area <= 12 mm2\"]\nobjectives: [energy, carbon]\n"
    try AtomicFile.write(text, to: path)
    let recipe = try Program.run(["estimate", path, "--json"])
    let flags = try Program.run([
      "estimate", "--model", Self.model, "--sweep", "--space", "\(folder.path)/small.space.yaml", "--limit",
      "area <= 12 mm2", "--objectives", "energy,carbon", "--json",
    ])
    #expect(recipe.status == 0 && recipe.output == flags.output, "\(recipe.errors)")
    let other = try Program.run(["estimate", path, "--limit", "latency <= 1 us"])
    #expect(other.status == 1)
    #expect(other.errors.contains("latency <= 1 us excludes all 16 designs: the least is"))
  }

  @Test("a use is said by flags and by a recipe alike, and both outputs tell it")
  func use() throws {
    let folder = try TemporaryFolder(), path = "\(folder.path)/use.yaml"
    try AtomicFile.write(
      "model: \(Self.model)\nscenario: camera\ndesign: camera-base\ntexts-per-image: 3\ntext-tokens: 9\nmapping: energy\n"
        + "last-block: all-tokens\nactivity: 10 %\n", to: path)
    let recipe = try Program.run(["estimate", path, "--json"])
    let flags = try Program.run([
      "estimate", "--model", Self.model, "--scenario", "camera", "--design", "camera-base", "--texts-per-image", "3",
      "--text-tokens", "9", "--mapping", "energy", "--last-block", "all-tokens", "--activity", "10 %", "--json",
    ])
    #expect(recipe.status == 0 && recipe.output == flags.output, "\(recipe.errors)")
    let object = try JSONParser.parse(recipe.output)
    #expect(object["inference"]?.stringValue == "one image and 3 texts of 9 tokens")
    #expect(object["carbon"]?["operational"]?["activity"]?.doubleValue == 0.1)
    let kept = try Program.run(["estimate", path, "--texts-per-image", "0", "--prompts", "50"])
    #expect(kept.output.contains("for one image, features of 50 prompts kept") && kept.output.contains("encoded once"))
    let eight = try Program.run(["estimate", path, "--images-per-fetch", "8"])
    #expect(eight.output.contains("waiting for the last image"), "\(eight.errors)")
    // Operations add up to the energy of an image, however many share a run.
    let shared = try JSONParser.parse(Program.run(["estimate", path, "--images-per-fetch", "8", "--json"]).output)
    let sum = shared["estimate"]?["operations"]?.arrayValue?.reduce(0.0) {
      $0 + ($1["energy_j"]?.doubleValue ?? 0) * Double($1["count"]?.intValue ?? 0)
    }
    let energy = try #require(shared["estimate"]?["energy_j"]?.doubleValue)
    #expect(abs((sum ?? 0) / energy - 1) < 0.01, "\(sum ?? 0) of \(energy)")
  }

  @Test("a boundary is said by flag and by recipe; every output names it, and JSON has all three")
  func boundaries() throws {
    let folder = try TemporaryFolder(), path = "\(folder.path)/use.yaml"
    try AtomicFile.write("model: \(Self.model)\nboundary: device\ndevice: mains-camera\n", to: path)
    let recipe = try Program.run(["estimate", path, "--json"])
    let flags = try Program.run([
      "estimate", "--model", Self.model, "--boundary", "device", "--device", "mains-camera", "--json",
    ])
    #expect(recipe.status == 0 && recipe.output == flags.output, "\(recipe.errors)")
    let carbon = try #require(try JSONParser.parse(recipe.output)["carbon"])
    #expect(carbon["boundary"]?.stringValue == "device")
    let totals = ["die", "packaged", "device"].map { carbon["boundaries"]?[$0]?["total_kgco2e"]?.doubleValue ?? 0 }
    #expect(totals[0] > 0 && totals[0] < totals[1] && totals[1] < totals[2])
    #expect(carbon["total_kgco2e"]?.doubleValue == totals[2])
    let plain = try Program.run(["estimate", "--model", Self.model, "--design", "edge-dual"])
    #expect(plain.output.contains("boundary     packaged") && plain.output.contains("device: battery-camera"))
    let several = try Program.run([
      "estimate", "--model", "ViT-B-16", "--model", Self.model, "--boundary", "die", "--model-carbon", "500 kg",
      "--devices", "1000",
    ])
    #expect(several.output.contains("boundary die: bare dies") && several.output.contains("has repaid its making"))
  }

  @Test("recorded figures are computed again; one that is off makes the command fail")
  func compare() throws {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("AcceleratorsTests/Fixtures").path
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: fixtures).filter { $0.hasPrefix("gemm") && $0.hasSuffix(".csv") }
        .first)
    let good = try Program.run(["estimate", "--compare", "\(fixtures)/\(name)"])
    #expect(good.status == 0, "\(good.errors)")
    let folder = try TemporaryFolder(), path = "\(folder.path)/off.csv"
    var lines = try String(contentsOfFile: "\(fixtures)/\(name)", encoding: .utf8).split(separator: "\n").map(
      String.init)
    let column = try #require(lines[0].split(separator: ",").firstIndex { $0.contains("cycles") })
    var cells = lines[1].split(separator: ",").map(String.init)
    cells[column] = "\((Double(cells[column]) ?? 1) * 1.01)"
    lines[1] = cells.joined(separator: ",")
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: path)
    let bad = try Program.run(["estimate", "--compare", path])
    #expect(bad.status == 1)
    #expect(bad.output.contains("out"))
  }

  @Test(
    "wrong settings are refused in one line",
    arguments: [
      (["--model", "ViT-B-17"], "did you mean \"ViT-B-16\""), ([], "name a model"),
      (["--model", "ViT-B-16", "--design", "edge-bass"], "did you mean \"edge-base\""),
      (["--model", "ViT-B-16", "--scenario", "edgy"], "did you mean \"edge\""),
      (["--model", "ViT-B-16", "--limit", "area <= 3 mm2"], "belong to --sweep"),
      (["--model", "ViT-B-16", "--sweep", "--objectives", "latency,latency"], "different metrics"),
      (["--model", "ViT-B-16", "--sweep", "--space", "edg"], "did you mean \"edge\""),
      (["--model", "ViT-B-16", "--draws", "3"], "expected 20 to"),
      (["--model", "ViT-B-16", "--node", "3 nm"], "12 to 90 nm"),
      (["--model", "ViT-B-16", "--cost-model", "physics"], "did you mean \"physical\""),
      (["--model", "ViT-B-16", "--boundary", "devise"], "did you mean \"device\""),
      (["--model", "ViT-B-16", "--device", "mains-camara"], "did you mean \"mains-camera\""),
      (["--model", "ViT-B-16", "--scenario", "paper", "--boundary", "device"], "needs a device"),
      (["--model", "ViT-B-16", "--mapping", "latensy"], "did you mean \"latency\""),
      (["--model", "ViT-B-16", "--mapping", "edp", "--cost-model", "reference"], "mapping belongs to the physical"),
      (["--model", "ViT-B-16", "--activity", "120 %"], "--activity: activity must be 0.0001 to 100 %"),
      (["--model", "ViT-B-16", "--texts-per-image", "-2"], "texts-per-image must be a whole number from 0 to 10000"),
      (["--model", "ViT-B-16", "--last-block", "all"], "last-block must be all-tokens, pooled-token"),
      (
        ["--model", "BERT-base", "--images-per-fetch", "2"], "--images-per-fetch belongs to models of images and texts"
      ),
      (["--model", "BERT-base", "--text-tokens", "3"], "--text-tokens belongs to models of images and texts"),
    ])
  func refused(arguments: [String], part: String) throws {
    let outcome = try Program.run(["estimate"] + arguments)
    // A flag's value is wrong use; a name that is not known, or what does not go together, is not.
    #expect(outcome.status == (outcome.errors.hasPrefix("error: --") ? 64 : 1))
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(part), "\(outcome.errors)")
  }

  @Test("memories are chosen by flags: a design has one, a sweep several, and what is not known is answered")
  func memories() throws {
    let base = ["estimate", "--model", Self.model, "--design", "camera-base", "--scenario", "camera"]
    let one = try Program.run(base + ["--weights-in", "mram", "--buffer-ports", "1", "--json"])
    let found = try JSONParser.parse(one.output)["estimate"]
    #expect(one.status == 0 && found?["memories"]?["pads"] == 25 && found?["memories"]?["chips"] == [])
    let text = try Program.run(base + ["--dram", "hyperram-8mb"])
    #expect(text.output.contains("hyperram-8mb, read") && text.output.contains("pads         43"), "\(text.output)")
    #expect(text.errors.contains("hyperram-8mb: embodied, io") || text.output.contains("hyperram-8mb: embodied, io"))
    let folder = try TemporaryFolder(), space = try Self.space(in: folder)
    let sweep = try Program.run([
      "estimate", "--model", Self.model, "--sweep", "--space", space, "--weights-in", "dram, sram", "--objectives",
      "carbon", "--json",
    ])
    #expect(try JSONParser.parse(sweep.output)["designs"] == 32, "\(sweep.output.prefix(300))")
    for (flags, message) in [
      (["--weights-in", "flsh"], "--weights-in: unknown weights-in \"flsh\"; did you mean \"flash\"?"),
      (["--weights-in", "sram,flash"], "several belong to a sweep"), (["--l2-ports", "3"], "from 1 to 2 ports"),
      (["--dram", "lpddr5"], "--dram: unknown DRAM \"lpddr5\"; did you mean \"lpddr4\"?"),
      (["--temperature", "300 C"], "temperature must be 0 to 105 C"),
      (["--text-tokens", "500"], "which the model reads"),
      (["--devices", "1.5", "--model-carbon", "1 g"], "devices must be a whole number"),
    ] {
      let outcome = try Program.run(base + flags)
      #expect(outcome.status == 64 && outcome.errorLines.count == 1, "\(flags): \(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
  }
}
