import ArgumentParser
import CLIPAccelerators
import CLIPCarbonFootprint
import CLIPCompute
import CLIPDevices
import CLIPFiles
import CLIPModelShapes
import CLIPUnits

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Latency and energy of a model's encoders on this machine's processor.",
    discussion: """
      Each encoder runs with random inputs, first unmeasured, then for --seconds: p50, p99 and energy above idle, from \
      RAPL counters or, where there are none, estimated by the power model that training uses. --csv writes what \
      search and estimate take as costs; --space measures shapes of a search's model space.

      Examples:
        carbonclip bench checkpoints/base --precision fp32,int8 --batch-size 1,8
        carbonclip bench micro --precision fp32,bf16,int8 --threads 2
        carbonclip bench --space recipes/quickstart.yaml --count 12 --precision int8 --csv costs.csv
      """)

  @Argument(
    help: "Checkpoint folders, or names or configurations (.json) of models, whose weights are then random.",
    completion: .file())
  var models: [String] = []

  @Option(help: "Measure shapes of this recipe's model-space, with random weights: its corners and others between.")
  var space: String?

  @Option(help: "How many shapes of --space. (default: 12)")
  var count: Int?

  @Option(help: "Write the shapes of --space as ONNX here, for scripts/measure-onnx.py, and measure nothing.")
  var onnx: String?

  @Option(help: "Arithmetics, with commas: fp32, bf16, int8.", completion: .list(BenchCommand.precisions))
  var precision = "fp32"

  @Option(help: "Pictures or texts of a run, several with commas.")
  var batchSize = "1"

  @Option(help: "image, text or both with a comma.")
  var encoder = "image,text"

  @Option(help: "Tokens of each text, its end among them. (default: all that the model reads)")
  var textTokens: Int?

  @Option(help: "Seconds that each encoder is measured at each batch size; three runs at the least.")
  var seconds = 2.0

  @Option(help: "Seconds that it runs before that, unmeasured; once at the least.")
  var warmUp = 0.5

  @OptionGroup var threads: ThreadOptions

  @Option(help: "Write the measurements as a table for costs: in search, --costs in estimate.", completion: .file())
  var csv: String?

  @Option(help: "What --csv calls the device. (default: the processor's name)")
  var device: String?

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print JSON.")
  var json = false

  static let precisions = ["fp32", "bf16", "int8"]

  private var arithmetics: [(name: String, arithmetic: Arithmetic)] {
    get throws {
      try Self.words(precision, "--precision").map { word in
        let arithmetic = try? Arithmetic(parsing: word)
        switch arithmetic {
        case .float32: return ("fp32", .float32)
        case .bfloat16: return ("bf16", .bfloat16)
        case .int8: return ("int8", .int8)
        default:
          throw ValidationError("--precision takes \(Self.precisions.joined(separator: ", ")), found \(word.quoted())")
        }
      }
    }
  }

  private var batchSizes: [Int] {
    get throws {
      try Self.words(batchSize, "--batch-size").map { word in
        guard let size = Int(word), EncoderBench.batchRange.contains(size) else {
          throw ValidationError(
            "--batch-size takes whole numbers from \(EncoderBench.batchRange.lowerBound) to "
              + "\(EncoderBench.batchRange.upperBound), found \(word.quoted())")
        }
        return size
      }
    }
  }

  private var encoders: [EncoderBench.Encoder] {
    get throws {
      try Self.words(encoder, "--encoder").map { word in
        guard let encoder = EncoderBench.Encoder(rawValue: word) else {
          throw ValidationError("--encoder takes image, text or image,text, found \(word.quoted())")
        }
        return encoder
      }
    }
  }

  /// The words between commas, each once.
  private static func words(_ text: String, _ flag: String) throws -> [String] {
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.filter { $0 != " " }) }
    guard !words.contains(""), Set(words).count == words.count else {
      throw ValidationError("\(flag) takes different words with a comma between them, found \(text.quoted())")
    }
    return words
  }

  func validate() throws {
    _ = (try arithmetics, try batchSizes, try encoders)
    guard models.isEmpty == (space != nil) else {
      throw ValidationError(
        models.isEmpty ? "name a model, or a recipe with --space" : "--space takes the place of a model: drop one")
    }
    if space == nil, let flag = [("--count", count != nil), ("--onnx", onnx != nil)].first(where: \.1)?.0 {
      throw ValidationError("\(flag) belongs to --space")
    }
    if let textTokens, textTokens < 1 {
      throw ValidationError("--text-tokens must be at least 1, found \(textTokens)")
    }
    if onnx != nil, csv != nil { throw ValidationError("--onnx measures nothing: drop --csv") }
    if let count, !(1...1000).contains(count) {
      throw ValidationError("--count must be from 1 to 1000, found \(count)")
    }
    for (flag, value) in [("--seconds", seconds), ("--warm-up", warmUp)]
    where !(value == 0 && flag == "--warm-up" || EncoderBench.secondsRange.contains(value)) {
      throw ValidationError(
        "\(flag) must be from \(EncoderBench.secondsRange.lowerBound) to \(EncoderBench.secondsRange.upperBound), found \(value)"
      )
    }
    if device != nil, csv == nil { throw ValidationError("--device belongs to --csv") }
  }

  func run() throws {
    let console = Console(), pool = threads.pool, arithmetics = try arithmetics
    if let onnx, let space {
      return try BenchShapes(space, count: count, on: pool).export(arithmetics, to: onnx, console)
    }
    let batchSizes = try batchSizes, encoders = try encoders
    // Minutes of measuring are not for a place that cannot be written.
    if let csv { _ = try AtomicFile(path: csv) }
    var bench = EncoderBench()
    bench.seconds = seconds
    bench.warmUp = warmUp
    bench.textTokens = textTokens
    let meter = try EnergyMeter()
    for note in meter.notes { console.note("note: \(note)") }
    if arithmetics.contains(where: { $0.arithmetic == .bfloat16 }), !ProductArithmetic.bfloat16.isNative {
      console.note("note: this processor has no instruction for bfloat16: it is emulated, many times slower than fp32")
    }
    var report = BenchReport(
      meter, threads: pool.threads, bench: bench, device: device ?? meter.processor.name, state: MachineState())
    for model in try subjects(pool) {
      let model = try model()
      for (name, arithmetic) in arithmetics {
        console.status("\(model.name): \(name)", isLast: false)
        let running = try model.encoder(in: arithmetic, on: pool).prepared()
        let idle = try bench.idlePower()
        for encoder in encoders {
          for batchSize in batchSizes {
            console.status("\(model.name): \(name), \(encoder.rawValue) encoder, batch \(batchSize)", isLast: false)
            report.add(
              try bench.run(running, encoder, batchSize: batchSize, idle: idle, on: pool), of: model, precision: name)
          }
        }
      }
    }
    console.clearLine()
    var document = report.json, text = report.text
    if let csv {
      let table = report.table
      if table.rows.isEmpty {
        throw InputError(
          "no energy could be told from idle power: nothing is written", advice: "measure longer: --seconds")
      }
      if table.rows.count < report.count {
        console.note(
          "note: \(report.count - table.rows.count) measurements are not in \(csv): their energy could not be told from "
            + "idle power; measure longer: --seconds")
      }
      try AtomicFile.write(table.csv, to: csv)
      document["files"] = WrittenFiles([csv]).json
      text += "\n\n\(csv): \(table.rows.count) rows"
    }
    Output.result(.object(document), text: text)
  }

  /// What is measured, made one after another: random weights of a dozen shapes need not lie in memory together.
  private func subjects(_ pool: ThreadPool) throws -> [() throws -> BenchModel] {
    if let space { return try BenchShapes(space, count: count, on: pool).models }
    return models.map { name in { try BenchModel(name, on: pool) } }
  }
}
