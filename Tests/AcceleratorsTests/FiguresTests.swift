import Accelerators
import Files
import Testing
import Units

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
    let message = FixtureFile.message { _ = try sram.memory(kilobytes: 100) }
    #expect(
      message.contains("no figures for a memory of 100 KB (32-bit words, 4 banks, 2 ports); known are 16, 32, 64,"))
  }

  @Test("the whole technology is read from the toolkit's data")
  func technology() throws {
    let technology = try Technology()
    #expect(technology.laneMAC == 0.469035)
    #expect(technology.memoryRead == 256)
    #expect(technology.tensorRegister.read == 0.190888)
  }

  static let bad: [(text: String, message: String)] = [
    (
      "component,quantity,value,unit\nlane_mac,energy,-1,pJ\n",
      "c.csv: line 2, column value: expected a number from 0.0 to"
    ),
    ("component,quantity,value,unit\nlane_mac,energy,nan,pJ\n", "c.csv: line 2, column value: expected a number"),
    (
      "component,quantity,value,unit\nlane_mac,energy,1,mJ\n", "c.csv: expected \"lane_mac energy\" in pJ, found \"mJ\""
    ),
    (
      "component,quantity,value,unit\nlane_mac,energy,1,pJ\n",
      "c.csv: has no row \"lane_mac area\"; one of: lane_mac energy"
    ),
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
    let message = FixtureFile.message {
      try FixtureFile.with(text, name: "c.csv") { _ = try Technology(components: $0) }
    }
    #expect(message.contains(expected))
  }
}
