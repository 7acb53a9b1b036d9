/// What is believed of accuracies, with the sign changed: draws that agree with what was measured.
protocol AccuracyBelief {
  /// `[draws][measured points]`, in the order in which they were told.
  var observed: [[Double]] { get }

  /// Draws at other points.
  func paths(at points: [[Int]]) -> PosteriorSamples.Paths

  /// Draws a further point with the given normal numbers; all later draws agree with it.
  /// - Parameter further: more normal numbers, for a belief that is unsure in two ways
  /// - Returns: the value in each draw.
  mutating func fix(_ point: [Int], normals: [Double], further: () -> [Double]) -> [Double]
}

/// A process over the shape.
struct ShapeBelief: AccuracyBelief {
  private let lattice: Lattice
  private var samples: PosteriorSamples

  /// - Parameter isMonotone: whether a plane lies under the process
  /// - Returns: nil where matrices are not definite.
  init?(_ told: Observations, on lattice: Lattice, isMonotone: Bool, normals: inout SampleNormals) throws {
    let process = try GaussianProcess(
      inputs: told.usable.map { lattice.coordinates(of: $0.point) }, outputs: told.usable.map { $0.values[0] },
      noise: told.usable.map { $0.noise[0] }, trend: isMonotone)
    guard let samples = PosteriorSamples(process, normals: &normals) else { return nil }
    self.lattice = lattice
    self.samples = samples
  }

  var observed: [[Double]] { samples.observed }

  func paths(at points: [[Int]]) -> PosteriorSamples.Paths { samples.paths(at: points.map(lattice.coordinates)) }

  mutating func fix(_ point: [Int], normals: [Double], further: () -> [Double]) -> [Double] {
    samples.fix(lattice.coordinates(of: point), normals: normals)
  }
}
