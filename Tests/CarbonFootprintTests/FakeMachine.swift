import CLIPCarbonFootprint
import Foundation
import CLIPSystem
import CLIPUnits

/// A folder that imitates a machine's `/sys/class/powercap` and `/proc/cpuinfo`; removed with this object.
final class FakeMachine {
  let root: String

  init(cpuinfo: String = FakeMachine.cpuinfo(vendor: "GenuineIntel", family: 6, model: 143)) throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("machine-\(UUID().uuidString)").path
    try write(cpuinfo, to: "proc/cpuinfo")
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  static func cpuinfo(vendor: String, family: Int, model: Int, name: String = "Test  CPU   @ 2.00GHz") -> String {
    (0..<2).map {
      "processor\t: \($0)\nvendor_id\t: \(vendor)\ncpu family\t: \(family)\nmodel\t\t: \(model)\nmodel name\t: \(name)\n\n"
    }.joined()
  }

  /// A RAPL domain as the kernel shows it.
  func addDomain(_ zone: String, name: String, energy: UInt64, range: UInt64? = 262_143_328_850) throws {
    try write(name + "\n", to: "sys/class/powercap/\(zone)/name")
    try write("\(energy)\n", to: "sys/class/powercap/\(zone)/energy_uj")
    if let range { try write("\(range)\n", to: "sys/class/powercap/\(zone)/max_energy_range_uj") }
  }

  func setEnergy(_ zone: String, _ energy: UInt64) throws {
    try write("\(energy)\n", to: "sys/class/powercap/\(zone)/energy_uj")
  }

  /// Makes a counter that nobody can read, whoever runs the tests: root reads files of any permission, but no folder.
  func makeUnreadable(_ zone: String) throws {
    let path = "\(root)/sys/class/powercap/\(zone)/energy_uj"
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func write(_ text: String, to name: String) throws {
    let url = URL(fileURLWithPath: "\(root)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }
}

/// A process whose clocks and memory the test sets.
final class FakeProcess: Sendable {
  private let usage = Lock(ProcessUsage(wall: Seconds(1000), processor: Seconds(5), residentBytes: 0))

  var now: @Sendable () -> ProcessUsage { { self.usage.withLock { $0 } } }

  func advance(wall: Double, processor: Double, residentBytes: Double) {
    usage.withLock {
      $0.wall += Seconds(wall)
      $0.processor += Seconds(processor)
      $0.residentBytes = residentBytes
    }
  }
}
