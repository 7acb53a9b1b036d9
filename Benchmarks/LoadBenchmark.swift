import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPWeights

/// How long does a checkpoint of ViT-L-14's size take to open, and how much memory, beside open_clip?
///
/// Every opening is a process of its own; the file lies in the page cache, since it was just written.
enum LoadBenchmark {
  static let model = "ViT-L-14"

  static func run(_ options: Options, _ report: inout Report) throws {
    let folder = try TemporaryFolder()
    let config = try NamedModels.model(model).configuration
    let pool = ThreadPool(threads: options.threads)
    try CheckpointFolder.writeOpenCLIP(
      to: folder.path, config, parameters: InitialParameters(config, seed: 1, pool: pool))
    let arguments = ["--folder", folder.path, "--threads", "\(options.threads)"]
    var table = Table(["side", "open, s", "resident growth, MB", "first image, s", "peak MB"])
    for name in ["ours", "open_clip"] {
      var rows: [JSONValue] = []
      do {
        for _ in 0..<min(options.rounds, 3) {
          let side =
            name == "ours"
            ? try PeerProcess.worker(name, ["load"] + arguments)
            : try PeerProcess.script(name, "load_peer.py", arguments, python: options.python)
          side.quit()
          rows.append(side.ready)
        }
      } catch let error as InputError {
        report.skip(error.description)
        continue
      }
      func samples(_ key: String) -> Samples { Samples(rows.compactMap { $0[key]?.doubleValue }) }
      if let version = rows.first?["version"]?.stringValue { report.note(version: version) }
      table.add([
        name, samples("load_s").summary, samples("growth_mb").summary, samples("first_image_s").summary,
        samples("peak_rss_mb").summary,
      ])
    }
    try report.add(
      "Opening \(model), float32, \(Samples.text(Double(config.parameterCount) * 4 / 1_048_576)) MB",
      "Weights are mapped, so pages of the file become resident when a tower first uses them.", table)
  }
}

/// Our side: opens once, encodes an image, reports.
enum LoadWorker {
  static func run(_ options: Options) throws {
    let pool = ThreadPool(threads: options.threads)
    let before = Worker.memory("VmRSS") ?? .nan
    var opened: CLIPModel?
    let load = try Worker.seconds(of: {
      let folder = try CheckpointFolder.open(options.folder)
      opened = try CLIPModel(folder.configuration, from: folder.state)
    })
    guard let model = opened else { return }
    let growth = (Worker.memory("VmRSS") ?? .nan) - before
    let image = InferenceWorker.pixels(model.configuration, batch: 1, pool)
    let first = try Worker.seconds(of: { _ = try model.imageFeatures(image, on: pool) })
    Worker.tell([
      "ready": true, "load_s": .number(load), "growth_mb": .number(growth), "first_image_s": .number(first),
      "peak_rss_mb": .number(Worker.memory("VmHWM") ?? .nan),
    ])
  }
}
