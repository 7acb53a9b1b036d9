import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import Testing

@Suite("Memories as a choice")
struct MemoryChoiceTests {
  private static func micro() throws -> CLIPConfiguration { try NamedModels.model("micro").configuration }

  private static func design(_ weightsIn: String, _ dram: String = "scenario") throws -> AcceleratorDesign {
    var design = try AcceleratorDesign.named("camera-base")
    (design.weightsIn, design.dram) = (weightsIn, dram)
    design.bufferKilobytes = 4096
    return design
  }

  @Test("DRAM of a kind has that kind's carbon a GB: 8 MB of HyperRAM are 8 / 1024 * 159 g / 0.875")
  func embodied() throws {
    let assessor = try Assessor(in: Scenario.named("camera")), model = try Self.micro()
    let hyper = try assessor.assess(model, on: Self.design("dram", "hyperram-8mb"), named: "x").carbon
    #expect(abs(hyper.embodied.memory.grams - 8.0 / 1024 * 159 / 0.875) < 1e-9)
    #expect(hyper.notes.contains { $0.contains("hyperram-8mb: embodied, io") })
    let sram = try assessor.assess(model, on: Self.design("sram"), named: "x").carbon
    #expect(sram.embodied.memory == .zero && abs(sram.embodied.packaging.grams - 150) < 1e-9)
    let flash = try assessor.assess(model, on: Self.design("flash"), named: "x").carbon
    // The image tower and 32 kept prompts are less than 4 MB, more than 2.
    #expect(abs(flash.embodied.memory.grams - 4 * 8 * 0.47) < 1e-9)
    #expect(abs(flash.embodied.packaging.grams - 300) < 1e-9)
    #expect(sram.total < flash.total && sram.total < hyper.total)
  }

  @Test("several models of one cost model keep their own memories")
  func sizes() throws {
    let assessor = try Assessor(in: Scenario.named("camera")), design = try Self.design("mram")
    let small = try assessor.assess(Self.micro(), on: design, named: "x")
    let large = try assessor.assess(NamedModels.model("ViT-B-32").configuration, on: design, named: "x")
    let again = try assessor.assess(Self.micro(), on: design, named: "x")
    #expect(large.area > small.area && again.area == small.area && again.energy == small.energy)
  }

  @Test("the least of a space with memories is what a whole sweep finds")
  func least() throws {
    let space = try DesignSpace(
      Recipe.parse(
        """
        clusters: 1
        width: [8, 16]
        depth: [8, 16]
        l2: [0 KB, 16 KB]
        l2-bandwidth: 32 B/cycle
        buffer: [256 KB, 4 MB]
        buffer-bandwidth: 64 B/cycle
        dram-bandwidth: 16 B/cycle
        clock: [100 MHz, 200 MHz]
        buffer-ports: [1, 2]
        weights-in: [dram, sram, flash, mram]
        dram: [scenario, hyperram-8mb]
        """, origin: "space"))
    let model = try Self.micro(), pool = ThreadPool(threads: 2)
    for boundary in Boundary.allCases {
      var scenario = try Scenario.named("camera")
      scenario.boundary = boundary
      let assessor = try Assessor(in: scenario)
      let all = try assessor.assess(model, across: space, on: pool)
      for metric in [Metric.carbon, .energy, .area, .embodied] {
        let expected = all.least(metric), found = try assessor.least(metric, of: model, across: space, on: pool)
        #expect(found?.number == expected?.number, "\(boundary), \(metric)")
      }
      // Columns of what varies.
      #expect(
        all.csv(front: [.carbon]).hasPrefix(
          "number,clusters,width,depth,l2_kb,l2_bytes_per_cycle,buffer_kb,clock_hz,buffer_ports,weights_in,dram,latency_s"
        ))
    }
  }
}
