import CCLIPKernelClones
import Testing

/// The instruction sets that this processor can run, and the sizes that every loop is tried on.
enum Clones {
  static var all: [(name: String, kernels: kernel_clone)] {
    (0..<Int32(KERNEL_CLONES)).compactMap { index in
      let kernels = kernel_clone(index)
      return kernels.is_supported == 0 ? nil : (String(cString: kernels.name), kernels)
    }
  }

  /// A single element, less than a vector, one more than a vector of 16, one more than four of them.
  static let columns = [1, 7, 17, 65]
  static let rows = [1, 3, 17]

  /// Calls `body` for every instruction set, number of rows and number of columns.
  static func each(_ body: (kernel_clone, _ rows: Int, _ columns: Int, _ what: Comment) throws -> Void) rethrows {
    for (name, kernels) in all {
      for rows in rows {
        for columns in columns { try body(kernels, rows, columns, "\(name) [\(rows), \(columns)]") }
      }
    }
  }
}

/// Numbers from a linear congruential generator: the same on every machine.
struct Numbers {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// A number from -1 to 1 with 24 bits.
  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 40) - (1 << 23)) / Float(1 << 23)
  }

  mutating func list(_ count: Int, times scale: Float = 1) -> [Float] { (0..<count).map { _ in next() * scale } }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8((next() + 1) * 127.5) } }
}

/// Whether all numbers are within `tolerance` of what they should be, in parts of the largest of them.
func expectClose(
  _ ours: [Float], _ expected: [Double], within tolerance: Double, _ what: Comment,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let largest = max(expected.map { abs($0) }.max() ?? 0, 1e-6)
  let worst = zip(ours, expected).map { abs(Double($0) - $1) }.max() ?? 0
  #expect(ours.count == expected.count, what, sourceLocation: sourceLocation)
  #expect(worst <= tolerance * largest, "\(what.rawValue): \(worst / largest)", sourceLocation: sourceLocation)
}

/// A tolerance for sums of up to 65 products: 65 roundings of 6e-8, in no order that is promised.
let sumTolerance = 4e-6
/// A tolerance for a handful of roundings and `vk_exp`, which is good to two units in the last place.
let elementTolerance = 1e-6
