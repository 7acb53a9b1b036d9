import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPModelShapes
import CLIPSearch
import Testing

@Suite("Prices that are kept")
struct PriceListTests {
  @Test("each model is looked for once, in this run or the next; whatever changed is looked for anew")
  func once() throws {
    let fixture = try SearchFixture(), search = try fixture.recipe(), pool = ThreadPool(threads: 1)
    defer { withExtendedLifetime(fixture) {} }
    guard case .space(let space) = search.hardware else { throw InputError("no space") }
    func account(_ limits: [Limit] = [], _ scenario: String = "camera") throws -> CarbonAccount {
      CarbonAccount(scenario, search.assessor.moved(to: try Scenario.named(scenario)), space, limits: limits)
    }
    let file = "\(fixture.folder)/new/prices.jsonl", shape = search.dense
    let prices = try PriceList(file: file, on: pool)
    let found = try #require(try prices.least(.carbon, of: shape, in: account()))
    let direct = try search.assessor.moved(to: Scenario.named("camera")).least(
      .carbon, of: shape, across: space, on: pool)
    #expect(found.number == direct?.number && found.value(of: .carbon) == direct?.value(of: .carbon))
    let same = try #require(try prices.least(.carbon, of: shape, in: account()))
    #expect(prices.searched == 1 && same.number == found.number && same.carbon == found.carbon)
    _ = try prices.least(.latency, of: shape, in: account())
    _ = try prices.least(.carbon, of: shape, in: account([], "battery-camera"))
    #expect(prices.searched == 3)
    try prices.save()

    let next = try PriceList(file: file, on: pool)
    let known = try #require(try next.least(.carbon, of: shape, in: account()))
    #expect(next.searched == 0 && known.number == found.number && known.carbon == found.carbon)
    let tight = try account([Limit("latency <= 1 ns")])
    #expect(try next.least(.carbon, of: shape, in: tight) == nil && next.searched == 1)
    let smaller = try search.space.shape(sizes: ["vision-layers": 1])
    _ = try next.least(.carbon, of: smaller, in: account())
    #expect(next.searched == 2)

    // A price that is another by now, and a line that is damaged.
    let lines = try TextFile.lines(of: file)
    #expect(lines.count == 3)
    let other = lines.map { $0.replacing(/"carbon":\s*[0-9.e-]+/, with: "\"carbon\": 1") }
    try AtomicFile.write((other.dropLast() + ["{\"key\""]).joined(separator: "\n"), to: file)
    let changed = try PriceList(file: file, on: pool)
    #expect(try changed.least(.carbon, of: shape, in: account())?.number == found.number && changed.searched == 1)

    let stopped = try PriceList(on: pool) { true }
    #expect(throws: CancellationError.self) { try stopped.least(.carbon, of: shape, in: account()) }
  }
}
