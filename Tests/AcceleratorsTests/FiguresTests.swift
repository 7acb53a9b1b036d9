import CLIPAccelerators
import CLIPFiles
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("Figures of technology")
struct FiguresTests {
  @Test("memories cost more the larger they are")
  func monotone() throws {
    let sram = try SRAMTable()
    let sizes = sram.sizes(of: .reference)
    #expect([64, 128, 256, 512, 1024, 2048, 4096, 8192].allSatisfy(sizes.contains))
    for (small, large) in zip(sizes, sizes.dropFirst()) {
      let less = try sram.memory(kilobytes: small), more = try sram.memory(kilobytes: large)
      #expect(less.area < more.area)
      #expect(less.readPicojoules < more.readPicojoules)
    }
    #expect(try sram.memory(kilobytes: 2048).area == SquareMillimeters(3.10086))
  }

  @Test("a size that CACTI was not run for is refused with the sizes known")
  func unknownSize() throws {
    let sram = try SRAMTable()
    let message = message { _ = try sram.memory(kilobytes: 100) }
    #expect(
      message.contains(
        "no figures for a memory of 100 KB (32-bit words, 4 banks, 2 ports); known are 4, 8, 16, 32, 64,"))
  }

  @Test("the whole technology is read from the toolkit's data")
  func technology() throws {
    let technology = try Technology()
    #expect(technology.laneMAC == 0.469035)
    #expect(technology.memoryRead == 256)
    #expect(technology.tensorRegister.read == 0.190888)
  }

  @Test("a user's figures take the place of the toolkit's, one by one, in both cost models' tables")
  func ownFigures() throws {
    let shipped = try Technology()
    let own = "component,quantity,value,unit\nlane_mac,energy,0.25,pJ\nmac,energy,0.5,pJ\n"
    let memories =
      "kilobytes,word_bits,banks,ports,read_pj,write_pj,area_um2,leakage_mw,access_ns,cycle_ns\n24,32,4,2,9,8,7,6,5,4\n"
    let changed = try withFile("own.csv", own) { own in
      try withFile("sram.csv", memories) { try Technology(figures: [own, $0]) }
    }
    #expect(changed.laneMAC == 0.25 && changed.laneMACArea == shipped.laneMACArea)
    let added = try changed.sram.memory(kilobytes: 24).readPicojoules
    let kept = try changed.sram.memory(kilobytes: 32) == shipped.sram.memory(kilobytes: 32)
    #expect(added == 9 && kept)
    let design = try AcceleratorDesign.named("edge-base")
    let model = try PhysicalCostModelTests.model()
    let before = try PhysicalCostModel(technology: shipped).estimate(model, on: design)
    let after = try PhysicalCostModel(technology: changed).estimate(model, on: design)
    #expect(after.latency == before.latency)
    #expect(after.energy.value > before.energy.value)
  }

  @Test("a figure in two files is refused")
  func twice() throws {
    let own = "component,quantity,value,unit\nlane_mac,energy,0.25,pJ\n"
    let message = message {
      try withFile("a.csv", own) { first in
        try withFile("b.csv", own) { _ = try Technology(figures: [first, $0]) }
      }
    }
    #expect(message.contains("b.csv: line 2: \"lane_mac energy\" stands in ") && message.contains("a.csv too"))
  }

  static let bad: [(text: String, message: String)] = [
    (
      "component,quantity,value,unit\nlane_mac,energy,-1,pJ\n",
      "c.csv: line 2, column value: expected a number from 0.0 to"
    ),
    ("component,quantity,value,unit\nlane_mac,energy,nan,pJ\n", "c.csv: line 2, column value: expected a number"),
    (
      "component,quantity,value,unit\nlane_mac,energy,1,mJ\n",
      "c.csv: line 2: expected \"lane_mac energy\" in pJ, found \"mJ\""
    ),
    (
      "component,quantity,value,unit\nlane_mac,enrgy,1,pJ\n",
      "c.csv: line 2: no figure is named \"lane_mac enrgy\"; did you mean \"lane_mac energy\"?"
    ),
    ("node,value\n22,1\n", "c.csv: is no table of figures; its columns should be"),
    (
      "component,quantity,value,unit\nlane_mac,energy,1,pJ\nlane_mac,energy,1,pJ\n",
      "c.csv: line 3: \"lane_mac energy\" stands twice"
    ),
    ("component,value,unit\nlane_mac,1,pJ\n", "c.csv: line 1: column \"quantity\" is missing"),
    ("component,quantity,value,unit\n", "c.csv: has no rows of figures"),
  ]

  @Test("tables with wrong figures are refused in one line", arguments: bad.indices)
  func refusal(index: Int) {
    let (text, expected) = Self.bad[index]
    let message = message {
      try withFile("c.csv", text) { _ = try Technology(figures: [$0]) }
    }
    #expect(message.contains(expected))
  }
}
