import CLIPCompute
import CLIPFiles
import CLIPSystem

/// Random factors around 1 for every uncertain input, drawn once for all designs, so that what designs share cancels
/// between them (common random numbers).
///
/// A counter-based generator: each factor depends on the seed, the input, the draw and, for the inputs that end in
/// "-own", the design's place in the study.
struct CarbonDraws {
  /// How many.
  let count: Int
  /// Up to whole blocks of four.
  var paddedCount: Int { (count + 3) / 4 * 4 }
  /// Of the chip's part that is electricity: EPA, the fab's grid and area together.
  let fabEnergy: [Double]
  let gases: [Double]
  let materials: [Double]
  /// Points to add to the yield.
  let yieldShift: [Double]
  let memory: [Double]
  let packaging: [Double]
  /// Of the operational carbon: energy, grid of use and lifetime together.
  let use: [Double]
  /// Of making the rest of the device, and of its use.
  let device: [Double], deviceUse: [Double]

  /// Of making memories whose figure was not read at a source: twice as wide as ``memory``.
  let unverifiedMemory: [Double]
  /// Of the energy of memories that designs name: as data sheets have it, and where a figure was not read.
  private let readMemoryEnergy: [Double], unverifiedMemoryEnergy: [Double]

  private let ownEnergy: [Double]?
  private let ownArea: [Double]?
  private let key: (UInt32, UInt32)

  /// - Parameter devicePower: of what the rest of a device draws; nil where it is known
  init(_ ranges: UncertaintyRanges, devicePower: Spread? = nil, count: Int, seed: UInt64) {
    self.count = count
    func factors(_ input: UncertainInput) -> [Double] {
      let stream = UncertainInput.allCases.firstIndex(of: input) ?? 0
      return Self.factors(ranges[input], stream: stream, count: count, seed: seed)
    }
    func product(_ first: [Double], _ second: [Double]) -> [Double] { zip(first, second).map { $0 * $1 } }
    let area = factors(.area)
    fabEnergy = product(product(factors(.epa), factors(.fabGrid)), area)
    gases = product(factors(.gpa), area)
    materials = product(factors(.mpa), area)
    yieldShift = factors(.yield).map { $0 - 1 }
    memory = factors(.dram)
    packaging = factors(.packaging)
    let power = product(factors(.useGrid), factors(.lifetime))
    use = product(product(factors(.energy), factors(.useGrid)), factors(.lifetime))
    device = factors(.device)
    deviceUse =
      devicePower.map {
        product(power, Self.factors($0, stream: UncertainInput.allCases.count, count: count, seed: seed))
      } ?? power
    let dram = ranges[.dram], beyond = UncertainInput.allCases.count + 1
    unverifiedMemory = Self.factors(
      dram.widened(by: 2), stream: UncertainInput.allCases.firstIndex(of: .dram) ?? 0, count: count, seed: seed)
    // Certain inputs are meant to be certain here too.
    let scale = ranges[.energy].width > 0 ? 1.0 : 0
    func memoryEnergy(_ width: Double) -> [Double] {
      Self.factors(Spread(logNormal: width * scale), stream: beyond, count: count, seed: seed)
    }
    readMemoryEnergy = memoryEnergy(DesignMemories.readSpread)
    unverifiedMemoryEnergy = memoryEnergy(DesignMemories.unverifiedSpread)
    ownEnergy = Self.table(ranges[.energyOwn])
    ownArea = Self.table(ranges[.areaOwn])
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32) ^ Self.ownStreams)
  }

  /// Factors of the energy of memories, one a draw.
  func memoryEnergy(isVerified: Bool) -> [Double] { isVerified ? readMemoryEnergy : unverifiedMemoryEnergy }

  /// Keeps the streams of single designs apart from the shared ones.
  private static let ownStreams: UInt32 = 0xA11C_E000

  /// One input's factors, one a draw.
  private static func factors(_ spread: Spread, stream: Int, count: Int, seed: UInt64) -> [Double] {
    guard spread.width > 0 else { return [Double](repeating: 1, count: count) }
    var random = Philox(seed: seed, purpose: .uncertainty, index: UInt64(stream))
    return (0..<count).map { _ in
      // The middle of one of 2^32 equal parts, so that the logarithm is finite.
      let first = (Double(random.nextWord()) + 0.5) * 0x1p-32, second = (Double(random.nextWord()) + 0.5) * 0x1p-32
      if spread.distribution == .uniform { return 1 + spread.width * (2 * first - 1) }
      return spread.factor(normal: (-2 * log(first)).squareRoot() * cos(2 * .pi * second))
    }
  }

  /// The factors of `design` alone for energy, and of its chip for area; 1 where designs share all errors.
  ///
  /// Looked up in a table of 4096 equally likely factors: 4 draws for each block of random words. Both arrays have
  /// room for ``paddedCount``.
  func own(design: Int, chip: Int, energy: inout [Double], area: inout [Double]) {
    fill(&energy, ownEnergy, kind: 0, design)
    fill(&area, ownArea, kind: 1, chip)
  }

  private func fill(_ factors: inout [Double], _ table: [Double]?, kind: UInt32, _ design: Int) {
    guard let table else { return }
    for block in 0..<paddedCount / 4 {
      let place = UInt32(truncatingIfNeeded: block)
      let words = Philox.block(counter: (place, kind, UInt32(truncatingIfNeeded: design), 0), key: key)
      factors[4 * block] = table[Int(words.0 >> 20)]
      factors[4 * block + 1] = table[Int(words.1 >> 20)]
      factors[4 * block + 2] = table[Int(words.2 >> 20)]
      factors[4 * block + 3] = table[Int(words.3 >> 20)]
    }
  }

  /// 4096 equally likely factors with a mean of 1; nil for none but 1.
  private static func table(_ spread: Spread) -> [Double]? {
    guard spread.width > 0 else { return nil }
    if spread.distribution == .uniform {
      return (0..<4096).map { (part: Int) -> Double in 1 + spread.width * ((Double(part) + 0.5) / 2048 - 1) }
    }
    let factors = NormalQuantiles.middles.map { spread.factor(normal: $0) }
    let mean = factors.reduce(0, +) / Double(factors.count)
    return factors.map { $0 / mean }
  }
}

extension Spread {
  /// The factor of a standard normal number; never zero or less.
  func factor(normal: Double) -> Double {
    switch distribution {
    case .logNormal:
      // With this variance of the logarithm the factor's standard deviation is the width, with this mean its mean is 1.
      let variance = log1p(width * width)
      return exp(variance.squareRoot() * normal - variance / 2)
    case .normal, .uniform: return max(0.01, 1 + width * normal)
    }
  }
}

/// The standard normal distribution cut into equally likely parts.
enum NormalQuantiles {
  /// The middles (by probability) of 4096 parts, ascending.
  static let middles: [Double] = {
    let count = 4096
    // The lower half by Newton's method, each from its neighbor; the upper half is its mirror image.
    var lower: [Double] = [], x = -3.7
    for part in 0..<count / 2 {
      let probability = (Double(part) + 0.5) / Double(count)
      for _ in 0..<20 {
        let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        let step = (0.5 * erfc(-x / 2.0.squareRoot()) - probability) / density
        x -= step
        if abs(step) < 1e-13 { break }
      }
      lower.append(x)
    }
    return lower + lower.reversed().map { -$0 }
  }()
}
