import CLIPAccelerators
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import Synchronization

/// Does a larger memory or more bandwidth ever make a design slower? Every design of a space beside itself with one knob
/// turned up; the tests look at neighbors in the space only.
enum MonotonicityCheck {
  static let models = ["ViT-B-16", "ViT-L-14-336", "TinyCLIP-ViT-8M-16-Text-3M", "micro"]
  static let factors = [1.5, 2.0]
  private static let knobs: [(name: String, path: WritableKeyPath<AcceleratorDesign, Int> & Sendable)] = [
    ("L2", \.l2Kilobytes), ("L2 bandwidth", \.l2BytesPerCycle), ("buffer", \.bufferKilobytes),
    ("buffer bandwidth", \.bufferBytesPerCycle), ("DRAM bandwidth", \.memoryBytesPerCycle),
  ]

  static func run(on pool: ThreadPool, _ report: inout Report) throws {
    let space = try DesignSpace.named("paper")
    var table = Table(["knob turned up 1.5 and 2 times"] + models + ["slower"])
    var rows = knobs.map { _ in [String]() }, slower = [Int](repeating: 0, count: knobs.count)
    for name in models {
      let costs = try PhysicalCostModel(), list = try costs.operations(of: try NamedModels.model(name).configuration)
      let found = Mutex([(compared: Int, slower: Int)](repeating: (0, 0), count: knobs.count))
      try pool.forEachThrowing(space.count) { number, _ in
        let design = space[number], before = try costs.estimate(list, on: design).latency
        for (knob, turned) in knobs.enumerated() {
          for factor in factors {
            var better = design
            better[keyPath: turned.path] = Int(Double(design[keyPath: turned.path]) * factor)
            // An L2 or buffer beyond the table of memories has no price.
            guard let after = try? costs.estimate(list, on: better).latency else { continue }
            found.withLock {
              $0[knob].compared += 1
              if after.value > before.value * (1 + 1e-12) { $0[knob].slower += 1 }
            }
          }
        }
      }
      for (knob, counts) in found.withLock({ $0 }).enumerated() {
        rows[knob].append("\(counts.compared) compared")
        slower[knob] += counts.slower
      }
    }
    for (knob, row) in rows.enumerated() { table.add([knobs[knob].name] + row + ["\(slower[knob])"]) }
    try report.add(
      "A larger memory, or more bandwidth, on all \(space.count) designs of the paper's space", "Counts, not times.",
      table
    )
  }
}
