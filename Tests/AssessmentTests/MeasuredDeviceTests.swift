import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPUnits
import Testing

@Suite("A measured device in a scenario")
struct MeasuredDeviceTests {
  private func shape(_ layers: Int, _ width: Int, _ mlp: Int) -> CLIPConfiguration {
    CLIPConfiguration(
      embedDimension: 64,
      vision: VisionConfiguration(
        imageSize: 64, patchSize: 16, width: width, layers: layers, heads: 3, headWidth: 32, mlpWidth: mlp),
      text: TextConfiguration(contextLength: 20, vocabularySize: 500, width: 64, layers: 2, heads: 2, mlpWidth: 128))
  }

  private var shapes: [CLIPConfiguration] {
    [shape(3, 96, 192), shape(1, 96, 192), shape(2, 64, 64), shape(3, 48, 128), shape(1, 32, 32)]
  }

  /// A device that takes 1 ns for a multiply-add, at 2 W.
  private func costs(idle: Double? = nil, embodied: Double? = nil) throws -> MeasuredCosts {
    let rows = shapes.flatMap { model -> [CostTable.Row] in
      let work = model.multiplyAdds(in: ModelUse(lastBlock: .pooledToken))
      return [(Operation.Tower.image, work.image), (.text, work.text)].map { tower, work in
        let seconds = Double(work) * 1e-9
        return CostTable.Row(
          device: "board", encoder: tower, precision: "int8", batchSize: 1, of: model, latency: Seconds(seconds),
          energy: Joules(2 * seconds), idle: idle.map { Watts($0) }, embodied: embodied.map { KilogramsCO2e($0) })
      }
    }
    return try MeasuredCosts(CostTable(rows, name: "board.csv"), like: shapes[0])
  }

  @Test("time and energy are the device's, making it is the table's column, area and TOPS are not known")
  func column() throws {
    let assessor = try Assessor(measured: costs(embodied: 3), in: Scenario.named("camera"))
    #expect(assessor.measured != nil && assessor.costModelName == "measured" && assessor.choice == nil)
    let found = try assessor.assess(shapes[0], on: .measured("board"), named: "board")
    #expect(abs(found.value(of: .embodied) - 3) < 1e-9 && found.carbon.boundary == .device)
    #expect(found.value(of: .area).isNaN && found.value(of: .tops).isNaN)
    #expect(Metric.area.text(found.value(of: .area)) == "–")
    #expect(abs(found.value(of: .power) - 2) < 0.02)
    // Use is energy alone: the device draws nothing else.
    let expected = found.energy * found.carbon.scenario.lifetime.inferences
    #expect(abs(found.carbon.lifetimeEnergy / expected - 1) < 1e-9)
    let use = OperationalCarbon.carbon(
      of: expected, pue: found.carbon.scenario.pue, on: found.carbon.scenario.grid.intensity)
    #expect(abs(found.value(of: .operational) / use.value - 1) < 1e-9)
    #expect(abs(found.totalCarbon.value - found.value(of: .operational) - 3) < 1e-9)
    let json = JSONValue.object(found.carbon.json)
    #expect(json["embodied"]?["area_mm2"] == .null && json["embodied"]?["carbon_kgco2e"]?.doubleValue == 3)
    #expect(found.carbon.notes.contains { $0.contains("bill") })
    // Bands are drawn about it, as about a chip.
    let band = try #require(try UncertaintyStudy([found.carbon], draws: 500).bands().first)
    #expect(band.low < found.totalCarbon && found.totalCarbon < band.high)
  }

  @Test("without the column the scenario's device answers for its making; without either nobody does")
  func device() throws {
    let scenario = try Scenario.named("camera"), costs = try costs()
    var bare = scenario
    bare.manufacture.device = nil
    let error = try #require(#expect(throws: InputError.self) { _ = try Assessor(measured: costs, in: bare) })
    #expect("\(error)".contains("embodied_kgco2e") && "\(error)".contains("board.csv"))
    let named = try Scenario.named(
      "camera", changing: [ScenarioChange("device", .init(word: "mains-camera", origin: "x"))])
    let found = try Assessor(measured: costs, in: named).assess(shapes[0], on: .measured("board"), named: "board")
    let bill = try #require(named.manufacture.device).carbon
    #expect(abs(found.value(of: .embodied) / (bill * found.carbon.embodiedShare).value - 1) < 1e-9)
    #expect(found.value(of: .operational) > found.carbon.chipOperational.value)
  }

  @Test("what the device draws while it waits is counted until the deadline")
  func idle() throws {
    var scenario = try Scenario.named("camera")
    scenario.deadline = Seconds(0.02)
    let still = try Assessor(measured: costs(embodied: 3), in: scenario),
      waiting = try Assessor(
        measured: costs(idle: 1.5, embodied: 3), in: scenario)
    let first = try still.assess(shapes[4], on: .measured("board"), named: "b")
    let second = try waiting.assess(shapes[4], on: .measured("board"), named: "b")
    let period = try #require(scenario.waitingPeriod)
    let expected = Watts(1.5) * (period - second.estimate.latency)
    #expect(abs(second.carbon.idleEnergy / expected - 1) < 1e-9)
    #expect(second.value(of: .operational) > first.value(of: .operational))
  }

  @Test("a device is one design: it is assessed, limited and told apart like any")
  func limits() throws {
    let assessor = try Assessor(measured: costs(embodied: 3), in: Scenario.named("camera"))
    let seconds = try assessor.assess(shapes[0], on: .measured("board"), named: "b").latency.value
    let limit = try Limit("latency <= \(seconds * 1000 * 0.9) ms")
    #expect(try assessor.assess(shapes[0], onOnly: .measured("board"), limits: [limit]).excuse != nil)
    #expect(try assessor.assess(shapes[4], onOnly: .measured("board"), limits: [limit]).allowed.count == 1)
  }
}

@Suite("What a model is by itself, as a limit")
struct ModelLimitTests {
  /// ViT-B/32: 151,277,313 parameters, as open_clip counts them.
  private let model = CLIPConfiguration(
    embedDimension: 512,
    vision: VisionConfiguration(
      imageSize: 224, patchSize: 32, width: 768, layers: 12, heads: 12, headWidth: 64, mlpWidth: 3072),
    text: TextConfiguration(contextLength: 77, vocabularySize: 49408, width: 512, layers: 12, heads: 8, mlpWidth: 2048))

  @Test("parameters, bytes at their bits, and the largest moment of a forward pass, by hand")
  func values() throws {
    var assessor = try Assessor(in: Scenario.named("edge"))
    var figures = assessor.figures(of: model)
    #expect(figures.parameters == 151_277_313 && figures.size == 151_277_313)
    // Text: 77 x 512 of the stream, 3 x 77 x 512 of queries, keys and values, 8 x 77^2 of scores, 77 x 512 of context.
    let attending = 77 * 512 + 3 * 77 * 512 + 8 * 77 * 77 + 77 * 512
    // Image: 50 x 768 of the stream, as much normed, 50 x 3072 units; pixels and tokens; attention.
    let expanding = 50 * 768 + 50 * 768 + 50 * 3072, embedding = 3 * 224 * 224 + 50 * 768
    #expect(model.activationElements() == max(attending, expanding, embedding, 77 * 512 * 2 + 77 * 2048))
    #expect(figures.activationMemory == Double(model.activationElements()))
    assessor.numberBits = 32
    figures = assessor.figures(of: model)
    #expect(figures.size == 4 * 151_277_313 && figures.activationMemory == 4 * Double(model.activationElements()))
    // A picture and a text, each with its whole last block.
    #expect(figures.macs == Double(model.imageMultiplyAdds + model.textMultiplyAdds))
    let kept = try UsedModel(model, in: ModelUse(textsPerImage: 0, prompts: 10), inferences: 1e6)
    #expect(assessor.figures(of: kept).macs == Double(model.imageMultiplyAdds))
    // Where texts were encoded before, no text is in memory.
    var narrow = model
    narrow.vision.imageSize = 32
    #expect(narrow.activationElements(in: ModelUse(textsPerImage: 0)) < narrow.activationElements())
  }

  @Test(
    "they are written with units, and told with them",
    arguments: [
      ("parameters <= 20 M", 20e6, "parameters <= 20 M"), ("parameters <= 150000", 150_000, "parameters <= 150 k"),
      ("size <= 10 MB", 10e6, "size <= 10 MB"), ("size < 4 MiB", 4_194_304, "size <= 4.194304 MB"),
      ("activation-memory <= 512 KiB", 524_288, "activation-memory <= 524.288 KB"), ("macs <= 5 M", 5e6, "macs <= 5 M"),
      ("macs <= 2500", 2500, "macs <= 2.5 k"),
    ])
  func writing(text: String, most: Double, said: String) throws {
    let limit = try Limit(text)
    #expect(limit.most == most && limit.description == said)
    #expect(try Limit(limit.description).most == most)
  }

  @Test(
    "they allow all of a space or nothing, and say which excludes it; nothing else changes",
    arguments: ["camera-1920", "edge"])
  func spaces(name: String) throws {
    let assessor = try Assessor(in: Scenario.named("camera")), space = try DesignSpace.named(name),
      pool = ThreadPool(threads: 2)
    let small = CLIPConfiguration(
      embedDimension: 64,
      vision: VisionConfiguration(
        imageSize: 64, patchSize: 16, width: 96, layers: 2, heads: 3, headWidth: 32, mlpWidth: 192),
      text: TextConfiguration(contextLength: 20, vocabularySize: 500, width: 64, layers: 2, heads: 2, mlpWidth: 128))
    let bytes = assessor.figures(of: small).size
    func least(_ texts: [String]) throws -> AssessedDesign? {
      try assessor.least(.carbon, of: small, across: space, limits: texts.map { try Limit($0) }, on: pool)
    }
    let free = try #require(try least([])), loose = try least(["size <= \(bytes) B", "parameters <= 20 M"])
    #expect(loose?.number == free.number)
    #expect(try least(["size <= \(bytes - 1) B"]) == nil)
    #expect(try least(["activation-memory <= 1 B"]) == nil)
    let excuse = try assessor.best(of: [[.carbon]], of: small, across: space, limits: [Limit("size <= 1 KB")], on: pool)
      .excuse
    #expect(excuse?.contains("size <= 1 KB excludes all") == true)
  }
}
