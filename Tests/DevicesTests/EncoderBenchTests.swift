import CLIPCompute
import CLIPDevices
import CLIPFiles
import CLIPModelShapes
import CLIPUnits
import Testing

@Suite("Measuring encoders")
struct EncoderBenchTests {
  private let shape = CLIPConfiguration(
    embedDimension: 16,
    vision: VisionConfiguration(
      imageSize: 32, patchSize: 16, width: 16, layers: 2, heads: 2, headWidth: 8, mlpWidth: 32),
    text: TextConfiguration(contextLength: 20, vocabularySize: 100, width: 16, layers: 2, heads: 2, mlpWidth: 32))

  private func times(_ seconds: [Double], energy: Double, idle: Double = 0, batch: Int = 1) -> EncoderTimes {
    EncoderTimes(
      encoder: .image, batchSize: batch, warmUpRuns: 1, times: seconds.map { Seconds($0) }, energy: Joules(energy),
      wall: Seconds(seconds.reduce(0, +)), idle: Watts(idle), before: MachineState(), after: MachineState())
  }

  @Test("percentiles are runs that were measured: the nearest rank")
  func percentiles() {
    let found = times((1...200).reversed().map { Double($0) }, energy: 1)
    #expect(found.median.value == 100 && found.p99.value == 198 && found.percentile(1).value == 200)
    #expect(times([3, 1, 2], energy: 1).median.value == 2 && times([3, 1, 2], energy: 1).p99.value == 3)
    #expect(times([0.5, 0.5], energy: 1, batch: 4).rate == 8)
  }

  @Test("idle power is taken off, for each sample; what is not above it is not told")
  func idle() throws {
    // 10 s at 3 W in all, 1 W of it idle: 20 J for 10 runs of 4.
    let found = times(Array(repeating: 1, count: 10), energy: 30, idle: 1, batch: 4)
    #expect(abs(try #require(found.energyPerSample).value - 0.5) < 1e-12)
    #expect(times([1, 1], energy: 1.5, idle: 1).energyPerSample == nil)
    #expect(found.json["energy_per_sample_j"]?.doubleValue == 0.5 && found.json["runs"]?.intValue == 10)
  }

  @Test(
    "each arithmetic, encoder and batch is run at least three times, with energy", arguments: ["fp32", "bf16", "int8"])
  func runs(precision: String) throws {
    let pool = ThreadPool(threads: 1), model = try BenchModel(shape, named: "small", on: pool)
    #expect(model.hasRandomWeights)
    let encoder = try model.encoder(in: Arithmetic(parsing: precision), on: pool)
    var bench = EncoderBench()
    bench.seconds = 0.02
    bench.warmUp = 0
    bench.idleSeconds = 0.02
    let idle = try bench.idlePower()
    for side in EncoderBench.Encoder.allCases {
      for batch in [1, 3] {
        let found = try bench.run(encoder, side, batchSize: batch, idle: idle, on: pool)
        #expect(found.times.count >= EncoderBench.fewestRuns && found.warmUpRuns >= 1)
        #expect(found.times.allSatisfy { $0 > .zero } && found.median <= found.p99)
        #expect(found.energy > .zero && found.wall.value >= found.times.reduce(0) { $0 + $1.value } * 0.99)
      }
    }
  }

  @Test("a text of more tokens takes longer, and of more than the model reads is refused")
  func tokens() throws {
    var long = shape
    long.text.contextLength = 200
    let pool = ThreadPool(threads: 1)
    let encoder = try BenchModel(long, named: "long", on: pool).encoder(in: .float32, on: pool)
    var bench = EncoderBench()
    bench.seconds = 0.05
    bench.warmUp = 0
    func least(_ tokens: Int?) throws -> Double {
      bench.textTokens = tokens
      return try bench.run(encoder, .text, batchSize: 1, idle: .zero, on: pool).times.first?.value ?? 0
    }
    // A sixteenth of the tokens: the best of many runs tells them apart on any machine.
    #expect(try least(12) < least(nil) / 2)
    #expect(throws: InputError.self) { _ = try least(201) }
  }

  @Test("a name that nobody knows is told with the nearest")
  func names() throws {
    let pool = ThreadPool(threads: 1)
    let error = #expect(throws: InputError.self) { _ = try BenchModel("ViT-B-61", on: pool) }
    #expect("\(try #require(error))".contains("ViT-B-16"))
    #expect(try BenchModel("micro", on: pool).hasRandomWeights)
  }
}
