import CLIPAccelerators
import CLIPFiles
import CLIPModelShapes
import CLIPTestSupport
import CLIPUnits
import Testing

/// A device whose cost of a run is known exactly, so that a fit to some of its rows can be held against it.
enum KnownDevice {
  static func shape(
    layers: Int = 3, width: Int = 96, heads: [Int] = [3], mlp: [Int] = [192], textLayers: Int = 2, textWidth: Int = 64
  ) -> CLIPConfiguration {
    var model = CLIPConfiguration(
      embedDimension: 64,
      vision: VisionConfiguration(
        imageSize: 64, patchSize: 16, width: width, layers: layers, heads: 3, headWidth: 32, mlpWidth: 192),
      text: TextConfiguration(
        contextLength: 20, vocabularySize: 500, width: textWidth, layers: textLayers, heads: 2, mlpWidth: 128))
    model.vision.headsPerLayer = heads.count == 1 ? Array(repeating: heads[0], count: layers) : heads
    model.vision.mlpWidth = mlp.count == 1 ? Array(repeating: mlp[0], count: layers) : mlp
    return model
  }

  static let base = shape()

  /// Seconds of a run: 2 µs, 1 µs a layer, 0.1 ns a multiply-add.
  static func seconds(_ model: CLIPConfiguration, _ encoder: Operation.Tower) -> Double {
    let use = ModelUse(lastBlock: .pooledToken)
    let work = encoder == .image ? model.multiplyAdds(in: use).image : model.multiplyAdds(in: use).text
    return 2e-6 + 1e-6 * Double(encoder == .image ? model.vision.layers : model.text.layers) + 1e-10 * Double(work)
  }

  static func row(_ model: CLIPConfiguration, _ encoder: Operation.Tower, batch: Int = 1) -> CostTable.Row {
    CostTable.Row(
      device: "board", encoder: encoder, precision: "int8", batchSize: batch, of: model,
      latency: Seconds(seconds(model, encoder) * Double(batch)),
      energy: Joules(2.5 * seconds(model, encoder) * Double(batch)))
  }

  static let shapes = [
    shape(), shape(layers: 1), shape(layers: 2, width: 48), shape(width: 64, mlp: [64]), shape(heads: [1]),
    shape(layers: 3, heads: [2], mlp: [96]), shape(layers: 2, heads: [3, 1], mlp: [192, 32]),
    shape(layers: 1, width: 32, heads: [1], mlp: [32]), shape(textLayers: 1), shape(textWidth: 32),
    shape(textLayers: 1, textWidth: 48), shape(textLayers: 2, textWidth: 16),
  ]

  static var table: CostTable {
    CostTable(shapes.flatMap { [row($0, .image), row($0, .text)] }, name: "board.csv")
  }
}

@Suite("Costs measured on a device")
struct MeasuredCostsTests {
  private typealias Device = KnownDevice

  @Test(
    "a device whose cost is additive is told exactly, for shapes that were not measured, layers that differ among them")
  func additive() throws {
    let costs = try MeasuredCosts(Device.table, like: Device.base), model = MeasuredCostModel(costs)
    for shape in [
      Device.shape(layers: 2), Device.shape(width: 80, mlp: [128]), Device.shape(heads: [1, 2, 3], mlp: [32, 64, 96]),
    ] {
      let found = try model.estimate(shape, on: model.design)
      let seconds = Device.seconds(shape, .image) + Device.seconds(shape, .text)
      #expect(abs(found.latency.value / seconds - 1) < 0.02, "\(found.latency.value) \(seconds)")
      #expect(abs(found.energy.value / (2.5 * seconds) - 1) < 0.02)
      #expect(abs(found.share(of: .image).latency.value / Device.seconds(shape, .image) - 1) < 0.02)
    }
    for (_, _, fit) in costs.fits {
      let error = try #require(fit.latencyError)
      #expect(error.mean < 0.02 && error.worst < 0.1 && error.mean <= error.worst)
    }
  }

  @Test("the error of a shape that was left out is that of a fit without it")
  func leaveOneOut() throws {
    var rows = Device.table.rows
    let odd = try #require(rows.firstIndex { $0.encoder == .image })
    // One shape takes half as long again as the device says of all others.
    let without = CostTable(rows.filter { $0.encoder == .text || $0 != rows[odd] }, name: "x")
    rows[odd].latency = rows[odd].latency * 1.5
    let fit = try #require(
      try MeasuredCosts(CostTable(rows), like: Device.base).fits.first { $0.encoder == .image }?.fit)
    let model = MeasuredCostModel(try MeasuredCosts(without, like: Device.base))
    let told = try model.estimate(Device.shapes[0], on: model.design).share(of: .image).latency
    #expect(abs(try #require(fit.latencyError).worst - (1 - told / rows[odd].latency)) < 1e-9)
  }

  @Test("area and peak operations are not known, and are not zero")
  func unknown() throws {
    let model = MeasuredCostModel(try MeasuredCosts(Device.table, like: Device.base))
    let found = try model.estimate(Device.base, on: model.design)
    #expect(found.area.total.value.isNaN && !found.area.isKnown && model.design.peakTOPS.isNaN)
    #expect("\(model.design)" == "measured: board" && found.isPossible)
    let text = found.json.text()
    #expect(text.contains("\"area_mm2\":null") && text.contains("\"tops\":null") && !text.contains("\"unknown_mm2\""))
    #expect(throws: InputError.self) { _ = try model.estimate(Device.base, on: AcceleratorDesign.named("edge-base")) }
  }

  @Test("a batch that was measured is used; one that was not is so many runs of one")
  func batches() throws {
    let use = ModelUse(lastBlock: .pooledToken, imagesPerFetch: 4)
    let used = try UsedModel(Device.base, in: use, inferences: 1)
    let single = MeasuredCostModel(try MeasuredCosts(Device.table, like: Device.base))
    let one = try single.estimate(Device.base, on: single.design), four = try single.estimate(used, on: single.design)
    #expect(abs(four.latency / one.latency - 4) < 1e-9 && abs(four.energy / one.energy - 1) < 1e-9)
    let rows = Device.shapes.map { shape in
      var row = Device.row(shape, .image, batch: 4)
      row.latency = row.latency * 0.5
      return row
    }
    let batched = MeasuredCostModel(
      try MeasuredCosts(CostTable(Device.table.rows + rows), like: Device.base))
    let fewer = try batched.estimate(used, on: batched.design)
    #expect(abs(fewer.share(of: .image).latency / one.share(of: .image).latency - 2) < 0.05)
  }

  @Test("prompts that are kept cost their share of encoding them once")
  func prompts() throws {
    let model = MeasuredCostModel(try MeasuredCosts(Device.table, like: Device.base))
    var use = ModelUse(textsPerImage: 0, prompts: 10)
    let kept = try model.estimate(UsedModel(Device.base, in: use, inferences: 100), on: model.design)
    let pair = try model.estimate(Device.base, on: model.design)
    #expect(abs(kept.preparationEnergy / (pair.share(of: .text).energy * 0.1) - 1) < 1e-9)
    #expect(kept.latency == pair.share(of: .image).latency)
    use.prompts = 1
    #expect(try model.estimate(UsedModel(Device.base, in: use, inferences: 1e9), on: model.design).energy < kept.energy)
  }

  @Test("shapes beyond the measured ones are told")
  func extrapolation() throws {
    let costs = try MeasuredCosts(Device.table, like: Device.base)
    #expect(costs.extrapolation(to: Device.shape(layers: 2), in: .pair) == nil)
    #expect(costs.extrapolation(to: Device.shape(layers: 12), in: .pair)?.contains("extrapolated") == true)
  }

  @Test("tables that cannot be fitted are refused in one line")
  func refused() throws {
    func message(_ rows: [CostTable.Row], precision: String? = nil) -> String {
      let table = CostTable(rows, name: "b.csv")
      do { _ = try MeasuredCosts(table, precision: precision, like: Device.base) } catch { return "\(error)" }
      return ""
    }
    let rows = Device.table.rows
    #expect(message(Array(rows.prefix(4))).contains("at least 3 are needed"))
    #expect(message(rows.filter { $0.encoder == .text }).contains("no rows of image encoders"))
    #expect(message(rows, precision: "fp32").contains("no rows of precision \"fp32\""))
    var other = rows
    other[0].device = "phone"
    #expect(message(other).contains("2 devices") && message(other).contains("board, phone"))
    var idle = rows
    idle[0].idle = Watts(1)
    idle[1].idle = Watts(2)
    #expect(message(idle).contains("column idle_w has several values"))
  }
}

@Suite("Tables of measured costs")
struct CostTableTests {
  @Test("what is written is read back the same")
  func roundTrip() throws {
    let scratch = try ScratchFolder(), path = "\(scratch.path)/costs.csv"
    var rows = KnownDevice.table.rows
    rows[0].idle = Watts(1.25)
    rows[0].embodied = KilogramsCO2e(3)
    rows[0].method = "a, b"
    try AtomicFile.write(CostTable(rows).csv, to: path)
    var read = try CostTable(file: path).rows
    #expect(read.map(\.line) == Array(2..<rows.count + 2))
    for index in read.indices { read[index].line = 0 }
    #expect(read == rows)
  }

  @Test(
    "a bad row is refused with its line and column",
    arguments: [
      ("latency_s", "0", "line 3, column latency_s"), ("latency_s", "fast", "line 3, column latency_s"),
      ("energy_j", "", "line 3, column energy_j"), ("energy_j", "-1", "line 3, column energy_j"),
      ("encoder", "vision", "image or text"), ("precision", "fp64", "fp32, bf16 or int8"),
      ("layers", "0", "line 3, column layers"), ("heads", "1;2", "one for each of 3 layers"),
      ("mlp", "x", "line 3, column mlp"), ("batch_size", "1.5", "line 3, column batch_size"),
      ("text_tokens", "21", "line 3, column text_tokens"), ("last_block", "some", "all-tokens or pooled-token"),
      ("idle_w", "-2", "line 3, column idle_w"), ("embodied_kgco2e", "nan", "line 3, column embodied_kgco2e"),
    ])
  func badRow(column: String, value: String, said: String) throws {
    let scratch = try ScratchFolder(), path = "\(scratch.path)/costs.csv"
    let rows = [
      KnownDevice.row(KnownDevice.shape(textLayers: 3), .image),
      KnownDevice.row(KnownDevice.shape(textLayers: 3), .text),
    ]
    var lines = CostTable(rows).csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let place = try #require(lines[0].firstIndex(of: column))
    lines[2][place] = value
    try AtomicFile.write(lines.map { $0.joined(separator: ",") }.joined(separator: "\n"), to: path)
    let error = #expect(throws: InputError.self) { _ = try CostTable(file: path) }
    let text = "\(try #require(error))"
    #expect(text.contains(said) && text.contains("costs.csv") && !text.contains("\n"), "\(text)")
  }

  @Test("columns that are missing or misspelt are told")
  func columns() throws {
    let scratch = try ScratchFolder(), path = "\(scratch.path)/costs.csv", text = KnownDevice.table.csv
    try AtomicFile.write(text.replacing("latency_s", with: "latency_ms"), to: path)
    #expect("\(try #require(#expect(throws: InputError.self) { _ = try CostTable(file: path) }))".contains("latency_s"))
    try AtomicFile.write(text.replacing("embodied_kgco2e", with: "embodied_kgco2"), to: path)
    #expect(
      "\(try #require(#expect(throws: InputError.self) { _ = try CostTable(file: path) }))".contains("embodied_kgco2e"))
    // Neither a name that is like none, nor the same column twice, is passed over.
    for (name, said) in [("wattage", "unknown column \"wattage\""), ("latency_s", "column \"latency_s\" stands twice")]
    {
      try AtomicFile.write(text.replacing("idle_w", with: name), to: path)
      let error = "\(try #require(#expect(throws: InputError.self) { _ = try CostTable(file: path) }))"
      #expect(error.contains(said) && error.contains("costs.csv"), "\(error)")
    }
  }
}
