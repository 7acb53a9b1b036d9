import CLIPCarbonFootprint
import CLIPFiles
import Foundation
import Testing
import CLIPUnits

@Suite("Energy meter")
struct EnergyMeterTests {
  /// RAPL as a server with two processors shows it.
  private func server() throws -> FakeMachine {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 1_000_000)
    try machine.addDomain("intel-rapl:0:0", name: "dram", energy: 500_000, range: 65_712_999_613)
    try machine.addDomain("intel-rapl:1", name: "package-1", energy: 2_000_000)
    try machine.addDomain("intel-rapl:1:0", name: "dram", energy: 700_000, range: 65_712_999_613)
    return machine
  }

  @Test("packages and memory of two processors add up; domains inside and around them do not")
  func twoPackages() throws {
    let machine = try server()
    try machine.addDomain("intel-rapl:0:1", name: "core", energy: 10)
    try machine.addDomain("intel-rapl:0:2", name: "uncore", energy: 10)
    try machine.addDomain("intel-rapl:2", name: "psys", energy: 10)
    try machine.addDomain("intel-rapl-mmio:0", name: "package-0", energy: 10)
    let process = FakeProcess()
    var meter = try EnergyMeter(root: machine.root, usage: process.now)
    #expect(meter.method == "RAPL: package+dram")
    #expect(meter.scope == .wholeMachine)
    #expect(meter.notes.isEmpty)
    #expect(meter.sample() == .zero)

    try machine.setEnergy("intel-rapl:0", 11_000_000)  // 10 J
    try machine.setEnergy("intel-rapl:0:0", 1_500_000)  // 1 J
    try machine.setEnergy("intel-rapl:1", 22_000_000)  // 20 J
    try machine.setEnergy("intel-rapl:1:0", 2_700_000)  // 2 J
    for zone in ["intel-rapl:0:1", "intel-rapl:0:2", "intel-rapl:2", "intel-rapl-mmio:0"] {
      try machine.setEnergy(zone, 900_000_000)
    }
    process.advance(wall: 2, processor: 3, residentBytes: 1e9)
    #expect(abs(meter.sample().value - 33) < 1e-9)
    #expect(meter.wall == Seconds(2))
    #expect(meter.processorTime == Seconds(3))
    #expect(abs(meter.sample().value - 33) < 1e-9)
  }

  @Test("a counter that wraps around goes on counting")
  func wrap() throws {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 262_143_000_000, range: 262_143_328_850)
    var meter = try EnergyMeter(root: machine.root)
    try machine.setEnergy("intel-rapl:0", 671_150)  // 328 850 µJ up to the end and 671 150 µJ after it
    #expect(abs(meter.sample().value - 1) < 1e-9)
    try machine.setEnergy("intel-rapl:0", 1_671_150)
    #expect(abs(meter.sample().value - 2) < 1e-9)
  }

  @Test("a counter that jumps back without a known range, or past it, adds nothing and never traps")
  func brokenCounters() throws {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 5_000_000, range: nil)
    try machine.addDomain("intel-rapl:1", name: "package-1", energy: UInt64.max, range: 1000)
    var meter = try EnergyMeter(root: machine.root)
    try machine.setEnergy("intel-rapl:0", 1_000_000)
    try machine.setEnergy("intel-rapl:1", 1)
    #expect(meter.sample() == .zero)
    try machine.setEnergy("intel-rapl:0", 3_000_000)
    #expect(abs(meter.sample().value - 2) < 1e-9)
  }

  @Test("a counter that cannot be read for a while is caught up with")
  func interruption() throws {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 1_000_000)
    var meter = try EnergyMeter(root: machine.root)
    try machine.write("garbage", to: "sys/class/powercap/intel-rapl:0/energy_uj")
    #expect(meter.sample() == .zero)
    try machine.setEnergy("intel-rapl:0", 4_000_000)
    #expect(abs(meter.sample().value - 3) < 1e-9)
  }

  @Test("without a memory counter the result says so")
  func packageOnly() throws {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 1)
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.method == "RAPL: package")
    #expect(meter.notes == ["the processor reports no memory counter: memory is not counted"])
  }

  @Test("one unreadable package of two means the model, with the reason")
  func missingPermission() throws {
    let machine = try server()
    try machine.makeUnreadable("intel-rapl:1")
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.method.hasPrefix("power model: 4.16 W a busy thread (Sapphire Rapids), 392 mW a GB"))
    #expect(meter.scope == .thisProcess)
    #expect(meter.notes.count == 1)
    let path = "\(machine.root)/sys/class/powercap/intel-rapl:1/energy_uj"
    #expect(meter.notes.first?.hasPrefix("estimated, not measured: \(path): Is a directory") == true)
  }

  @Test("a counter that only root may read means the model", .enabled(if: geteuid() != 0))
  func rootOnly() throws {
    let machine = try server()
    let path = "\(machine.root)/sys/class/powercap/intel-rapl:0/energy_uj"
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.notes.first?.hasSuffix("Permission denied (only root may read it)") == true)
  }

  @Test("unreadable memory counters are named, packages counted")
  func unreadableMemory() throws {
    let machine = try server()
    try machine.makeUnreadable("intel-rapl:0:0")
    try machine.makeUnreadable("intel-rapl:1:0")
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.method == "RAPL: package")
    #expect(meter.notes.count == 2)
    #expect(meter.notes.allSatisfy { $0.hasPrefix("some memory is not counted: ") })
  }

  @Test("a counter that stands at zero is not believed")
  func deadCounter() throws {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 0)
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.scope == .thisProcess)
    #expect(meter.notes.first?.hasSuffix("the counter stands at 0") == true)
  }

  @Test("the model: processor seconds at the family's watts, mean memory at 0.392 W/GB")
  func model() throws {
    let machine = try FakeMachine()
    let process = FakeProcess()
    var meter = try EnergyMeter(root: machine.root, usage: process.now)
    process.advance(wall: 10, processor: 20, residentBytes: 2e9)  // memory grows from 0 to 2 GB: 1 GB on average
    let first = 20 * 4.1605 + 10 * 1 * 0.392
    #expect(abs(meter.sample().value - first) < 1e-9)
    process.advance(wall: 5, processor: 0, residentBytes: 2e9)  // waits
    #expect(abs(meter.sample().value - (first + 5 * 2 * 0.392)) < 1e-9)
    #expect(meter.wall == Seconds(15))
    #expect(meter.processorTime == Seconds(20))
  }

  @Test(
    "processors are known by vendor, family and model, whatever their name",
    arguments: [
      ("AuthenticAMD", 26, 2, "2.28 W a busy thread (EPYC 5th generation (Zen 5))"),
      ("AuthenticAMD", 25, 17, "2.28 W a busy thread (EPYC 4th generation (Zen 4))"),
      ("AuthenticAMD", 25, 1, "1.96 W a busy thread (EPYC 3rd generation (Zen 3))"),
      ("AuthenticAMD", 23, 49, "1.69 W a busy thread (EPYC 2nd generation (Zen 2))"),
      ("GenuineIntel", 6, 85, "4.10 W a busy thread (Skylake or Cascade Lake server)"),
      ("GenuineIntel", 6, 106, "3.76 W a busy thread (Ice Lake server)"),
      ("GenuineIntel", 6, 9999, "3.50 W a busy thread (unknown)"),
      ("Someone", 1, 1, "3.50 W a busy thread (unknown)"),
    ])
  func families(vendor: String, family: Int, model: Int, expected: String) throws {
    let machine = try FakeMachine(cpuinfo: FakeMachine.cpuinfo(vendor: vendor, family: family, model: model))
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.method.hasPrefix("power model: \(expected), 392 mW a GB"))
    #expect(meter.processor.name == "Test CPU @ 2.00GHz")
    #expect(meter.notes.count == (expected.contains("unknown") ? 2 : 1))
  }

  @Test("Arm's processors are known by implementer and part")
  func arm() throws {
    let machine = try FakeMachine(cpuinfo: "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n")
    let meter = try EnergyMeter(root: machine.root)
    #expect(meter.method.hasPrefix("power model: 1.69 W a busy thread (Neoverse N1)"))
    #expect(meter.processor.name == "Arm processor")
  }

  @Test("a machine that tells nothing still gets an estimate")
  func silentMachine() throws {
    let meter = try EnergyMeter(root: "/nowhere")
    #expect(meter.processor.name == "unknown processor")
    #expect(meter.processor.threads >= 1)
    #expect(meter.method.contains("(unknown)"))
  }

  @Test("this process: work costs energy and processor time, and readings never go down")
  func thisProcess() throws {
    // The fake tree holds no counters, the usage is the real one.
    var meter = try EnergyMeter(root: FakeMachine().root)
    var last = Joules.zero, checksum: UInt64 = 1
    for _ in 0..<5 {
      for index in 0..<2_000_000 { checksum = checksum &* 6_364_136_223_846_793_005 &+ UInt64(index) }
      let now = meter.sample()
      #expect(now >= last)
      last = now
    }
    #expect(checksum != 0)
    #expect(last > .zero)
    #expect(meter.processorTime > .zero)
    #expect(meter.wall > .zero)
    #expect(last / meter.wall < Watts(10_000))
  }
}
