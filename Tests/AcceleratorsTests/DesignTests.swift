import CLIPAccelerators
import CLIPFiles
import CLIPRecipes
import CLIPTestSupport
import Testing

@Suite("Accelerator designs")
struct DesignTests {
  static let base = AcceleratorDesign(
    clusters: 2, width: 256, depth: 16, l2Kilobytes: 256, l2BytesPerCycle: 64, bufferMegabytes: 2)

  static let yaml = """
    clusters: 2
    width: 256
    depth: 16
    l2: 256 KB
    l2-bandwidth: 64 B/cycle
    buffer: 2 MB
    """

  private func parse(_ text: String) throws -> AcceleratorDesign {
    try AcceleratorDesign(Recipe.parse(text, origin: "chip.yaml"))
  }

  @Test("a design is read with the units it is written in")
  func reading() throws {
    #expect(try parse(Self.yaml) == Self.base)
    let explicit = try parse(
      Self.yaml.replacing("256 KB", with: "1 MB")
        + "\nbuffer_bandwidth: 256 B/cycle\ndram-bandwidth: 64 B/cycle\nclock: 1.25 GHz\n")
    #expect(explicit.l2Kilobytes == 1024)
    #expect(explicit.bufferBytesPerCycle == 256)
    #expect(explicit.memoryBytesPerCycle == 64)
    #expect(explicit.clock == 1.25e9)
  }

  @Test("every design and space that comes with the toolkit is read, and prices a model")
  func shipped() throws {
    let names = try AcceleratorDesign.names()
    #expect(names.count >= 9)
    let model = try PhysicalCostModelTests.model("micro"), cost = try PhysicalCostModel()
    for name in names {
      let estimate = try cost.estimate(model, on: .named(name))
      #expect(estimate.isPossible && estimate.latency.value > 0 && estimate.area.total.value > 0, "\(name)")
    }
    let sizes = try DesignSpace.names().map { try DesignSpace.named($0).count }
    #expect(sizes.count == 6 && sizes.sorted().prefix(4) == [1920, 3240, 4000, 4000])
    #expect(sizes.sorted().suffix(2).allSatisfy { $0 > 1_000_000 })
  }

  static let bad: [(old: String, new: String, message: String)] = [
    (
      "clusters: 2", "clusters: 0",
      "chip.yaml: line 1: clusters must be a whole number from 1 to 1024 clusters, found 0"
    ),
    (
      "clusters: 2", "clusters: -4",
      "chip.yaml: line 1: clusters must be a whole number from 1 to 1024 clusters, found -4"
    ),
    ("clusters: 2", "clusters: 5", "chip.yaml: line 1: clusters 5 do not fill 2 rows; take a power of two"),
    ("clusters: 2", "clusters: [1, 2]", "chip.yaml: line 1: clusters must be a whole number, found a list of 2"),
    ("width: 256", "width: 2.5", "chip.yaml: line 2: width must be a whole number from 1 to 4096 columns, found 2.5"),
    ("width: 256", "width: nan", "chip.yaml: line 2: width must be a whole number, found \"nan\""),
    (
      "width: 256", "width: 1e300",
      "chip.yaml: line 2: width must be a whole number from 1 to 4096 columns, found 1e+300"
    ),
    ("width: 256", "widht: 256", "chip.yaml: line 2: unknown key \"widht\"; did you mean \"width\"?"),
    ("width: 256\n", "", "chip.yaml: line 1: width missing; see data/accelerators/README.md for the keys"),
    ("l2: 256 KB", "l2: 256", "chip.yaml: line 4: l2: \"256\" has no unit; such as l2: 64 KB"),
    ("l2: 256 KB", "l2: 256 kb", "chip.yaml: line 4: l2: unknown unit \"kb\"; did you mean \"KB\"?"),
    (
      "l2: 256 KB", "l2: -256 KB",
      "chip.yaml: line 4: l2 must be a number with its unit, found \"-256 KB\"; such as l2: 64 KB"
    ),
    (
      "l2: 256 KB", "l2: 99 MB", "chip.yaml: line 4: l2 must be a whole number from 0 to 65536 KB, found \"99 MB\""
    ),
    ("l2: 256 KB", "l2: [64 KB]", "chip.yaml: line 4: l2 must be a size with its unit; such as l2: 64 KB"),
    (
      "buffer: 2 MB", "buffer: 99 GB",
      "chip.yaml: line 6: buffer must be a whole number from 1 to 1048576 KB, found \"99 GB\""
    ),
    ("buffer: 2 MB", "buffer: 2 MB\nclock: 0 MHz", "chip.yaml: line 7: clock must be 1 to 10000 MHz, found \"0 MHz\""),
    (
      "buffer: 2 MB", "buffer: 2 MB\nl2-ports: 3",
      "chip.yaml: line 7: l2-ports must be a whole number from 1 to 2 ports, found 3"
    ),
    (
      "buffer: 2 MB", "buffer: 2 MB\nclock: [1 GHz]",
      "chip.yaml: line 7: clock must be a size with its unit; such as clock: 64 MHz"
    ),
    (
      "buffer: 2 MB", "buffer: 2 MB\nweights-in: drum",
      "chip.yaml: line 7: unknown weights-in \"drum\"; did you mean \"dram\"?"
    ),
    (
      "buffer: 2 MB", "buffer: 2 MB\nweights-in: [dram]",
      "chip.yaml: line 7: weights-in must be a name, found a list of 1; "
        + "one of: dram, sram, flash, flash-small, flash-1v8, mram, eflash"
    ),
    ("buffer: 2 MB", "buffer: 2 MB\nclock: 1e9", "chip.yaml: line 7: clock: unknown unit \"e9\"; one of: MHz, GHz"),
  ]

  @Test("designs that make no sense are refused in one line", arguments: bad.indices)
  func refusal(index: Int) {
    let (old, new, expected) = Self.bad[index]
    #expect(message { _ = try parse(Self.yaml.replacing(old, with: new)) } == expected)
  }

  @Test("a design made in code is checked before it is priced")
  func checking() throws {
    let model = try ReferenceCostModel()
    var design = Self.base
    design.width = -1
    #expect(message { _ = try design.checked() } == "width: expected 1 to 4096 columns, found -1")
    #expect(
      message { _ = try model.estimate(OperationList([]), on: design) }
        == "width: expected 1 to 4096 columns, found -1")
    design = Self.base
    design.clock = .nan
    #expect(message { _ = try design.checked() } == "clock: expected 1 to 10000 MHz, found nan")
  }

  @Test(
    "clusters lie in the nearest to a square",
    arguments: [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 2, 2), (8, 4, 2), (16, 4, 4)])
  func mesh(clusters: Int, columns: Int, rows: Int) {
    var design = Self.base
    design.clusters = clusters
    #expect(design.mesh.columns == columns)
    #expect(design.mesh.rows == rows)
  }

  @Test("the peak rate counts a multiply-add as two: 2 x 256 x 16 x 2 x 625 MHz = 10.24 TOPS")
  func peak() {
    #expect(Self.base.peakTOPS == 10.24)
    #expect(Self.base.description == "2 x 256x16, L2 256 KB at 64 B/cycle, buffer 2 MB")
  }

  @Test("the edge space has 3240 different designs that the reference can price")
  func space() throws {
    let space = try DesignSpace.paper()
    #expect(space.count == 3240)
    #expect(Set(space.designs).count == 3240)
    #expect(space.contains(Self.base))
    var outside = Self.base
    outside.l2Kilobytes = 100
    #expect(!space.contains(outside))
    let model = try ReferenceCostModel()
    for design in space.designs { #expect(try model.area(of: design).total.value > 3) }
  }

  @Test("81 entries of the reference's table of areas are out of date")
  func stale() throws {
    let stale = try DesignSpace.paper().designs.filter { ReferenceCostModel.isTabulatedAreaStale($0) }
    #expect(stale.count == 81)
    #expect(stale.allSatisfy { $0.width == 256 && ($0.depth == 16 || $0.depth == 32) })
  }

  @Test("spaces without values, with too many designs or unknown keys are refused")
  func badSpaces() {
    func fault(_ text: String) -> String {
      message { _ = try DesignSpace(Recipe.parse(text, origin: "s.yaml")) }
    }
    let rest = "depth: 2\nl2: 64 KB\nl2-bandwidth: 64 B/cycle\nbuffer: 2 MB"
    #expect(
      fault("clusters: []\nwidth: 32\n\(rest)") == "s.yaml: line 1: clusters must be a list of different values")
    #expect(
      fault("clusters: [1, 1]\nwidth: 32\n\(rest)") == "s.yaml: line 1: clusters must be a list of different values")
    #expect(
      fault("clusters: 1\n\(rest)") == "s.yaml: line 1: width missing; see data/accelerators/README.md for the keys")
    #expect(
      fault("clusters: [1, 5]\nwidth: 32\n\(rest)")
        == "s.yaml: line 1: clusters 5 do not fill 2 rows; take a power of two")
    #expect(
      fault("clusters: 1\nwidth: 32\nbufer: 2\n\(rest)")
        == "s.yaml: line 3: unknown key \"bufer\"; did you mean \"buffer\"?")
    let many = "[" + (1...1000).map(String.init).joined(separator: ", ") + "]"
    #expect(
      fault("clusters: 1\nwidth: \(many)\n" + rest.replacing("depth: 2", with: "depth: \(many)") + "\nclock: 1 GHz")
        == "no error")
    #expect(
      fault(
        "clusters: 1\nwidth: \(many)\n"
          + rest.replacing("depth: 2", with: "depth: \(many)").replacing(
            "64 B/cycle", with: "[\((1...2000).map { "\($0) B/cycle" }.joined(separator: ", "))]"))
        == "s.yaml: line 1: more than 1000000000 designs; shorten a list")
  }

  @Test("clock and ports are axes of a space like any other; what a space has one of is a level of none of them")
  func axes() throws {
    func space(_ more: String) throws -> DesignSpace {
      try DesignSpace(Recipe.parse(Self.yaml.replacing("depth: 16", with: "depth: [8, 16]") + "\n\(more)", origin: "s"))
    }
    // Points of earlier searches have eight levels.
    #expect(try space("").knobSizes == [1, 1, 2, 1, 1, 1, 1, 1])
    #expect(try space("clock: 200 MHz").knobSizes == [1, 1, 2, 1, 1, 1, 1, 1])
    #expect(try space("clock: 200 MHz")[1].clock == 2e8)
    let wide = try space("clock: [100 MHz, 0.2 GHz, 400 MHz]\nbuffer-ports: [1, 2]")
    #expect(wide.count == 12 && Set(wide.designs).count == 12)
    #expect(wide.knobSizes == [1, 1, 2, 1, 1, 1, 1, 1, 3, 2])
    let number = wide.number(of: [0, 0, 1, 0, 0, 0, 0, 0, 2, 0])
    var expected = Self.base
    expected.clock = 4e8
    expected.bufferPorts = 1
    #expect(wide[number] == expected)
    #expect(wide.contains(expected) && !wide.contains(Self.base))
    #expect(try wide != space("clock: [100 MHz, 200 MHz, 300 MHz]\nbuffer-ports: [1, 2]"))
  }

  @Test("a design's JSON has every knob with its unit")
  func json() {
    #expect(
      JSONValue.object(Self.base.json).text()
        == """
        {"clusters":2,"width":256,"depth":16,"l2_kb":256,"l2_bytes_per_cycle":64,"buffer_kb":2048,\
        "buffer_bytes_per_cycle":512,"dram_bytes_per_cycle":128,"clock_hz":625000000.0,"l2_ports":2,"buffer_ports":2,\
        "weights_in":"dram","dram":"scenario","edition":1,"node_nm":"scenario","voltage_v":"least",\
        "arithmetic":"standard","dataflow":"output-stationary","scratchpad_bytes":0}
        """)
  }

  @Test("every named design is read; an unknown name is answered with the nearest")
  func names() throws {
    let names = try AcceleratorDesign.names()
    #expect(names.contains("edge-base"))
    let space = try DesignSpace.paper()
    for name in names where name.hasPrefix("edge-") && name != "edge-tpu-class" {
      #expect(space.contains(try AcceleratorDesign.named(name)), "\(name)")
    }
    #expect(
      message { _ = try AcceleratorDesign.named("edge-bas") }
        == "unknown accelerator \"edge-bas\"; did you mean \"edge-base\"?")
  }
}
