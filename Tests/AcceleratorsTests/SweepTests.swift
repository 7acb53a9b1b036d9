import CLIPAccelerators
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import Testing
import CLIPUnits

@Suite("Sweep")
struct SweepTests {
  static func result(threads: Int) throws -> SweepResult {
    let model = try NamedModels.model("ViT-B-32-quickgelu").configuration
    return try Sweep(.edge(), with: PhysicalCostModel(), limits: .edge).run(model, on: ThreadPool(threads: threads))
  }

  @Test("a sweep prices every design, the same on any number of threads")
  func deterministic() throws {
    let one = try Self.result(threads: 1), three = try Self.result(threads: 3)
    #expect(one.points.count == 3240)
    #expect(one.points == three.points)
    #expect(one.csv() == three.csv())
  }

  @Test("the front is what no other design beats")
  func front() throws {
    let result = try Self.result(threads: 2)
    let objectives: [SweepResult.Objective] = [.latency, .energy, .area]
    let front = result.front(of: objectives)
    func values(_ point: SweepPoint) -> [Double] { objectives.map { $0.value(point) } }
    // Straight from the definition.
    let rated = result.allowed.map { ($0.number, values($0)) }
    let expected = rated.filter { mine in
      !rated.contains { other in
        zip(other.1, mine.1).allSatisfy { $0 <= $1 } && (other.1 != mine.1 || other.0 < mine.0)
          && other.0 != mine.0
      }
    }
    #expect(Set(front.map(\.number)) == Set(expected.map(\.0)))
    #expect(front.count > 5)
    for point in front {
      #expect(point.latency.value <= 0.05 && point.area.value <= 32 && point.design.peakTOPS <= 20.48)
    }
  }

  @Test("CSV has a line a design, and columns for objectives of one's own")
  func csv() throws {
    let result = try Self.result(threads: 2)
    let lines = result.csv().split(separator: "\n")
    #expect(lines.count == 3241)
    #expect(lines[0].hasPrefix("number,clusters,width,depth,l2_kb,"))
    let own = SweepResult.Objective("edp_js") { $0.energy.value * $0.latency.value }
    let front = result.csv(front: [own], frontOnly: true).split(separator: "\n")
    #expect(front.count == 2)
    #expect(front[0].contains(",edp_js,within_limits,on_front"))
    #expect(front[1].hasSuffix(",1,1"))
  }

  @Test("limits that are no numbers, and unknown objectives, are refused")
  func refusal() throws {
    let space = try DesignSpace.edge()
    let model = try NamedModels.model("micro").configuration
    let sweep = Sweep(space, with: try PhysicalCostModel(), limits: .init(latency: Seconds(.nan)))
    #expect(
      FixtureFile.message { _ = try sweep.run(model, on: ThreadPool(threads: 1)) }
        == "limit of latency: expected more than 0, found nan")
    #expect(
      FixtureFile.message { _ = try SweepResult.Objective.named("latancy") }
        == "unknown objective \"latancy\"; did you mean \"latency\"?")
  }
}
