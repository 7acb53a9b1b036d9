import CLIPAccelerators
import CLIPUnits
import Testing

@Suite("Energy by component")
struct EnergyBreakdownTests {
  @Test("sums and products hold every component")
  func components() {
    var breakdown = EnergyBreakdown()
    for (index, (_, path)) in EnergyBreakdown.components.enumerated() {
      breakdown[keyPath: path] = Joules(Double(1 << index))
    }
    let all = Double((1 << EnergyBreakdown.components.count) - 1)
    #expect(breakdown.total.value == all)
    let twice = breakdown + breakdown, threefold = breakdown * 3
    for (name, path) in EnergyBreakdown.components {
      #expect(twice[keyPath: path] == breakdown[keyPath: path] * 2, "\(name)")
      #expect(threefold[keyPath: path] == breakdown[keyPath: path] * 3, "\(name)")
    }
  }
}
