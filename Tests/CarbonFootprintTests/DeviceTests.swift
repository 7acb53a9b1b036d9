import CLIPCarbonFootprint
import CLIPFiles
import CLIPTestSupport
import CLIPUnits
import Testing

@Suite("Devices")
struct DeviceTests {
  private static func taiwan() throws -> GridIntensity { try GridTable().grid("TW") }

  private static func part(_ device: Device, _ name: String) throws -> Device.Part {
    try #require(device.parts.first { $0.name == name })
  }

  private static let parts = """
    parts:
      board: {carbon: 10 g, source: s, verified: true}
      sensor: {carbon: 20 g, source: s}
      enclosure: {carbon: 30 g, source: s}
      transport: {carbon: 40 g, source: s}
      end-of-life: {carbon: 0 g, source: s}
      battery: {carbon: 50 g, source: s, spread: 10 %}

    """
  private static let power = "power: {always: 2 mW, per-inference: 3 mJ, efficiency: 50 %, source: s}\n"

  private func read(_ text: String) throws -> Device {
    try withFile("mine.yaml", text) { try Device(named: $0, chipsMadeOn: Self.taiwan()) }
  }

  @Test("the devices that come along are read, and their parts are what their figures come to")
  func shipped() throws {
    let names = try Device.names()
    #expect(names == ["battery-camera", "mains-camera"])
    for name in names {
      let device = try Device(named: name, chipsMadeOn: Self.taiwan())
      #expect(device.code == name && device.carbon > .zero && !device.unverified.isEmpty)
      #expect(device.parts.allSatisfy { !$0.source.isEmpty })
    }
    let battery = try Device(named: "battery-camera", chipsMadeOn: Self.taiwan())
    #expect(isClose(try Self.part(battery, "battery").carbon.grams, 20 * 87))
    #expect(isClose(try Self.part(battery, "board").carbon.grams, 40 * 2.45))
    #expect(isClose(try Self.part(battery, "enclosure").carbon.grams, 120 * 3.8))
    #expect(isClose(try Self.part(battery, "transport").carbon.grams, 10 * 16))
    // ACT's 28 nm: 0.9 kWh, 137.5 g of gases, 500 g of materials a cm2; 87.5 % work; a package.
    let wafer = try 0.9 * Self.taiwan().intensity.value + 137.5 + 500
    #expect(isClose(try Self.part(battery, "sensor").carbon.grams, 0.18 * wafer / 0.875 + 150))
  }

  @Test("parts add up, with their shares and how well they are known")
  func sums() throws {
    let device = try read("name: own\nshare: 50 %\n" + Self.parts + Self.power)
    #expect(device.name == "own" && device.code == "mine")
    #expect(isClose(device.partsCarbon.grams, 150) && isClose(device.carbon.grams, 75))
    // Independent errors: 30 % of 10 g, 60 % of 20, 30 and 40 g, 10 % of 50 g.
    let variance = 9.0 + 144 + 324 + 576 + 25
    #expect(isClose(device.spread, variance.squareRoot() / 150))
    #expect(device.unverified == ["sensor", "enclosure", "transport", "end-of-life", "battery", "power"])
    #expect(
      device.alwaysPower == Watts(0.002) && device.energyPerInference == Joules(0.003) && device.efficiency == 0.5)
    #expect(device.json["parts"]?.arrayValue?.count == 6)
  }

  /// What is replaced in a good file, by what, and what the message says.
  private static let mistakes: [(String, String, String)] = [
    (parts, "", "parts are missing"), (parts, "parts: {}\n", "parts are missing"),
    ("  sensor:", "  senser:", "parts: sensor missing"),
    ("  battery:", "  batery:", "parts: battery or supply missing"),
    (power, "", "power is missing"), (", source: s}\nEND", "}", "power: source is missing"),
    ("always: 2 mW", "always: -2 mW", "always must be 0 to"), ("always: 2 mW", "always: 2", "has no unit"),
    ("always: 2 mW", "alwys: 2 mW", "did you mean \"always\""),
    ("efficiency: 50 %", "efficiency: 0 %", "efficiency must be 1 to 100 %"),
    ("parts:\n", "share: -5 %\nparts:\n", "share must be 0 to 100 %"),
    ("parts:\n", "share: 120 %\nparts:\n", "share must be 0 to 100 %"),
    ("parts:\n", "shre: 50 %\nparts:\n", "did you mean \"share\""),
    ("carbon: 10 g", "carbon: -10 g", "carbon must be 0 to"), ("carbon: 10 g", "carbon: nan g", "carbon must be 0 to"),
    ("carbon: 10 g, source: s", "carbon: 10 g", "board: source is missing"),
    ("{carbon: 10 g, source: s, verified: true}", "10 g", "board must be a section"),
    ("carbon: 10 g, source", "source", "board needs one of carbon, amount with each, and area with node"),
    ("carbon: 10 g,", "carbon: 10 g, area: 5 mm2, node: 28 nm,", "board needs one of carbon"),
    ("carbon: 10 g,", "amount: 5 Wh,", "board needs amount with each"),
    ("carbon: 10 g,", "amount: 5 Wh, each: 3 g/cm2,", "unknown unit"),
    ("carbon: 10 g,", "area: 5 mm2, node: 65 nm,", "node: expected 3.00 nm to 28.0 nm"),
    ("carbon: 10 g,", "carbon: 10 g, packages: 2,", "packages belongs to a chip"),
    ("verified: true", "verified: perhaps", "verified must be true or false"),
    ("spread: 10 %", "spread: 900 %", "spread must be 0 to 300 %"),
  ]

  @Test("what makes no sense is refused in one line with file, line and key", arguments: mistakes.indices)
  func refused(index: Int) throws {
    let (good, bad, part) = Self.mistakes[index]
    let whole = Self.parts + Self.power + "END"
    #expect(whole.contains(good))
    let text = whole.replacing(good, with: bad, maxReplacements: 1).replacing("END", with: "")
    let error = try #require(throws: InputError.self) { try read(text) }
    #expect(error.description.contains(part), "\(error.description)")
    #expect(error.description.contains("mine.yaml") && !error.description.contains("\n"), "\(error.description)")
  }
}
