import CLIPCarbonFootprint
import CLIPFiles
import CLIPPruning
import CLIPReports
import CLIPTensors
import CLIPTraining

/// What a training run leaves behind and reads again.
enum RunReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "resume-point", file: "step_000000007.safetensors", grammar: .safetensors, seeds: { _ in [try point()] },
        read: { path, folder in
          let point = try ResumePoint(path: path)
          _ = try? point.tensor("weight", [4, 3])
          _ = try ResumePoint.latest(in: folder) { _ in }
        }),
      Reader(
        name: "log-page", file: "log.jsonl", grammar: .text, seeds: { _ in [Array(log.utf8)] },
        read: { path, folder in
          let log = try TrainingLog(path: path)
          _ = RunPage.html(log)
          try TensorBoardEvents.write(log: log, to: "\(folder)/tensorboard")
        }),
      Reader(
        name: "log-line", file: "log.jsonl", grammar: .json,
        seeds: { _ in log.split(separator: "\n").map { Array($0.utf8) } },
        read: { path, _ in
          // One changed event between whole ones.
          let line = try TextFile.bytes(of: path).filter { $0 != 0x0A }
          try Sources.write(Array(log.utf8) + line + [0x0A] + Array(log.utf8), to: path)
          _ = RunPage.html(try TrainingLog(path: path))
        }),
      Reader(
        name: "log-resumed", file: "log.jsonl", weight: 0.3, seeds: { _ in [Array(log.utf8)] },
        read: { path, _ in
          let log = try RunLog(path: path, resumingAt: 2)
          try log.append(["event": "note", "text": "again"])
        }),
      Reader(
        name: "run-footprint", file: "footprint.json", grammar: .json, seeds: { _ in [Array(footprint.utf8)] },
        read: { path, _ in
          guard let object = try JSONParser.parse(file: path).objectValue else { return }
          let footprint = try RunFootprint(json: object)
          _ = JSONValue.object((footprint + footprint).json).text()
        }),
      Reader(
        name: "rankings", file: "rankings.jsonl", grammar: .text,
        seeds: { _ in [Array("{\"key\": \"a\", \"scores\": [1, 2.5, 1e-3]}\n{\"key\": \"b\", \"scores\": []}\n".utf8)]
        },
        read: { path, _ in _ = try RankingStore(path: path).find("a", count: 3) }),
      Reader(
        name: "marked-page", file: "page.md",
        seeds: { _ in
          [Array("# A\n\n<!-- result: one -->\nold\n<!-- end -->\n\n<!-- result: two -->\n<!-- end -->\n".utf8)]
        },
        read: { path, _ in
          try MarkedPage(file: path, names: ["one", "two"]).update(with: [("one", "new"), ("two", "text")])
        }),
    ]
  }

  private static func point() throws -> [UInt8] {
    let folder = try Workplace.temporaryFolder()
    defer { Workplace.remove(folder) }
    let path = try ResumePoint.write(
      step: 7, [("weight", Tensor([Float](repeating: 0.5, count: 12), [4, 3])), ("bias", Tensor([1, 2, 3], [3]))],
      state: ["epoch": 1, "losses": ["contrastive": 0.5], "seed": 7], to: folder, keeping: 1)
    return try TextFile.bytes(of: path)
  }

  /// A footprint as runs and studies keep it.
  static let footprint = """
    {"carbon_kgco2e": 0.0001, "energy_j": 123.5, "wall_s": 12.5, "cpu_s": 20, "pue": 1, "method": "estimate",
     "scope": "this process", "grid": {"code": "WORLD", "name": "World", "year": 2024, "gco2e_per_kwh": 473, "source": "Ember",
     "assumed": true}, "hardware": {"processor": "x", "threads": 2}, "sessions": 1, "notes": ["a"], "location": "b"}
    """

  private static let log = """
    {"event":"start","time":"2026-11-27T12:00:00Z","version":"1.0","model":"micro","parameters":123456,"total_steps":100,"recipe":{"train-data":"scenes:train","lr":0.001}}
    {"event":"step","step":1,"samples":64,"epoch":0.1,"loss":4.1,"losses":{"contrastive":4.1},"lr":0.0001,"logit_scale":14.3,"gradient_norm":2.5,"samples_per_second":512,"seconds":0.2,"energy_joules":2.5,"emissions_kg":1e-7}
    {"event":"step","step":2,"samples":128,"epoch":0.2,"loss":3.9,"losses":{"contrastive":3.9},"lr":0.0002,"logit_scale":14.4,"gradient_norm":1.5,"samples_per_second":500,"seconds":0.4,"energy_joules":5,"emissions_kg":2e-7}
    {"event":"skipped","step":3,"reason":"the gradient is not finite"}
    {"event":"validation","step":4,"samples":256,"dataset":"scenes:validation","metrics":{"mean_recall@1":0.25,"image_retrieval_recall@1":0.2},"standard_errors":{"mean_recall@1":0.01}}
    {"event":"note","text":"a note"}
    {"event":"start","resumed_at_step":4,"model":"micro","total_steps":100}
    {"event":"end","step":100,"seconds":20,"energy_joules":200,"emissions_kg":1e-5}

    """
}
