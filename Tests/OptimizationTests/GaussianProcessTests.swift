import CLIPCompute
import CLIPOptimization
import CLIPTestSupport
import Testing

@Suite("Gaussian processes")
struct GaussianProcessTests {
  private static func data(_ count: Int, axes: Int, seed: UInt64) -> (inputs: [[Double]], outputs: [Double]) {
    var random = Philox(seed: seed, purpose: .test)
    let inputs = (0..<count).map { _ in (0..<axes).map { _ in Double(random.uniform()) } }
    return (inputs, inputs.map { 3 + 2 * $0[0] * $0[0] - $0[1] * $0[0] + 0.05 * Double(random.normal()) })
  }

  @Test("the posterior is scikit-learn's")
  func posterior() throws {
    let golden = try Goldens.load().process
    let process = try GaussianProcess(
      inputs: golden.inputs, outputs: golden.outputs, noise: golden.noise,
      hyperparameters: .init(
        lengthscales: golden.lengthscales, signalVariance: golden.signalVariance,
        noiseVariance: golden.noiseVariance))
    #expect(abs(process.logMarginalLikelihood - golden.logMarginalLikelihood) < 1e-8)
    let joint = process.jointPosterior(at: golden.places)
    #expect(difference(joint.means, golden.means) < 1e-8)
    for (found, expected) in zip(joint.covariance, golden.covariance) { #expect(difference(found, expected) < 1e-8) }
    let single = process.posterior(at: golden.places)
    #expect(difference(single.map(\.mean), joint.means) < 1e-12)
    #expect(difference(single.map(\.variance), joint.covariance.indices.map { joint.covariance[$0][$0] }) < 1e-10)
  }

  @Test("the gradient of the marginal likelihood is that of finite differences", arguments: [false, true])
  func gradient(hasTrend: Bool) {
    let (inputs, outputs) = Self.data(14, axes: 3, seed: 4)
    let mean = outputs.reduce(0, +) / 14
    let likelihood = MarginalLikelihood(
      inputs: inputs, outputs: outputs.map { $0 - mean }, noise: inputs.map { _ in 0.01 }, fitsNoise: true,
      hasTrend: hasTrend)
    let place = [0.1, -0.7, 0.4, 0.2, -3, -1].prefix(likelihood.parameters).map { $0 }
    let gradient = likelihood(place).gradient
    for index in place.indices {
      var above = place, below = place
      above[index] += 1e-5
      below[index] -= 1e-5
      let slope = (likelihood(above).value - likelihood(below).value) / 2e-5
      #expect(abs(slope - gradient[index]) < 1e-5 * max(1, abs(slope)))
    }
  }

  @Test("fitting ends where the likelihood has no slope, above its starts")
  func fit() throws {
    let (inputs, outputs) = Self.data(30, axes: 3, seed: 8)
    let fitted = try GaussianProcess(inputs: inputs, outputs: outputs, noise: outputs.map { _ in 0.05 })
    // The third axis changes nothing, so its length is the longest.
    #expect(fitted.lengthscales[2] > fitted.lengthscales[0])
    #expect(fitted.lengthscales[2] > fitted.lengthscales[1])
    let truth = fitted.posterior(at: [0.5, 0.5, 0.5])
    #expect(abs(truth.mean - (3 + 0.5 - 0.25)) < 0.1)
    #expect(truth.variance > 0 && truth.variance < 0.01)
  }

  @Test("leaving one out in closed form is refitting without it")
  func leaveOneOut() throws {
    let (inputs, outputs) = Self.data(9, axes: 2, seed: 2)
    let noise = outputs.indices.map { 0.02 + 0.01 * Double($0) }
    let parameters = GaussianProcess.Hyperparameters(
      lengthscales: [0.5, 0.9], signalVariance: 1.4, noiseVariance: 0.02, trendVariance: 0.3)
    let process = try GaussianProcess(inputs: inputs, outputs: outputs, noise: noise, hyperparameters: parameters)
    let found = process.leaveOneOut()
    // The standardization stays that of all outputs, so refitting is told the same one: by hand, from the kernel.
    for index in inputs.indices {
      let rest = inputs.indices.filter { $0 != index }
      let center = outputs.reduce(0, +) / 9
      let scale = (outputs.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 9).squareRoot()
      let kernel = Kernel(lengthscales: [0.5, 0.9], signalVariance: 1.4, trendVariance: 0.3)
      var matrix = kernel(rest.map { inputs[$0] }, rest.map { inputs[$0] })
      for (row, place) in rest.enumerated() {
        matrix[row, row] += noise[place] * noise[place] / (scale * scale) + 0.02 + MarginalLikelihood.leastNoise
      }
      let inverse = try #require(Cholesky(matrix)).inverse
      let row = kernel([inputs[index]], rest.map { inputs[$0] })
      let weights = DoubleMatrix.product(row, inverse)
      let mean = rest.enumerated().reduce(0.0) { $0 + weights[0, $1.offset] * (outputs[$1.element] - center) / scale }
      let own = kernel.variance(at: inputs[index]) + noise[index] * noise[index] / (scale * scale) + 0.02
      let explained = rest.indices.reduce(0.0) { $0 + weights[0, $1] * row[0, $1] }
      #expect(abs(found[index].mean - (center + scale * mean)) < 1e-9)
      #expect(abs(found[index].variance - scale * scale * (own + MarginalLikelihood.leastNoise - explained)) < 1e-9)
    }
  }

  @Test("constant outputs, one observation, repeated inputs and far scales give finite predictions")
  func degenerate() throws {
    let cases: [(inputs: [[Double]], outputs: [Double], noise: [Double])] = [
      ([[0, 0], [1, 1], [0.5, 0]], [2, 2, 2], [0, 0, 0]), ([[0.5]], [-3], [0]),
      ([[0.5], [0.5], [0.5]], [1, 2, 3], [0, 0, 0]), ([[0], [1]], [0, 0], [0.1, 0]),
      ([[0], [0.5], [1]], [1e140, -1e140, 2e140], [0, 0, 1e139]), ([[0], [1]], [1e-200, 3e-200], [0, 0]),
      ([[0], [1]], [1, 1 + 1e-15], [1e100, 0]),
    ]
    for (inputs, outputs, noise) in cases {
      for trend in [false, true] {
        let process = try GaussianProcess(inputs: inputs, outputs: outputs, noise: noise, trend: trend)
        let found = process.posterior(at: inputs + [inputs[0].map { _ in 0.3 }])
        #expect(found.allSatisfy { $0.mean.isFinite && $0.variance.isFinite && $0.variance >= 0 })
        #expect(process.leaveOneOut().allSatisfy { $0.mean.isFinite && $0.variance.isFinite })
      }
    }
  }

  @Test("what no process can be fitted to is refused")
  func refused() {
    func fit(_ inputs: [[Double]], _ outputs: [Double], _ noise: [Double]) -> String {
      message { _ = try GaussianProcess(inputs: inputs, outputs: outputs, noise: noise) }
    }
    #expect(fit([], [], []) == "a Gaussian process needs at least one observation with at least one axis")
    #expect(
      fit([[0]], [1, 2], [0]) == "1 inputs, 2 outputs and 1 standard errors do not belong together")
    let notFinite = "inputs, outputs and standard errors of a Gaussian process must be finite, at most 1e150"
    #expect(fit([[0]], [.nan], [0]) == notFinite)
    #expect(fit([[.infinity]], [1], [0]) == notFinite)
    #expect(fit([[0]], [1], [-1]) == notFinite)
  }

  @Test("draws at observed and fixed points have the posterior's means and covariances")
  func draws() throws {
    let (inputs, outputs) = Self.data(6, axes: 2, seed: 12)
    let process = try GaussianProcess(
      inputs: inputs, outputs: outputs, noise: [0.3, 0.01, 0.2, 0.1, 0.4, 0.3],
      hyperparameters: .init(lengthscales: [0.6, 0.8], signalVariance: 1, noiseVariance: 0.01))
    let places = [[0.2, 0.9], [0.7, 0.1]], count = 4096
    var normals = SampleNormals(count: count, seed: 1, stream: 0)
    var samples = try #require(PosteriorSamples(process, normals: &normals))
    var columns = inputs.indices.map { point in samples.observed.map { $0[point] } }
    for place in places { columns.append(samples.fix(place, normals: normals.next())) }
    let third = [0.4, 0.4]
    let paths = samples.paths(at: [third])
    columns.append(zip(paths.means[0], normals.next()).map { $0 + paths.spreads[0] * $1 })
    let expected = process.jointPosterior(at: inputs + places + [third])
    let means = columns.map { $0.reduce(0, +) / Double(count) }
    let scale = expected.covariance[7][7].squareRoot()
    #expect(difference(means, expected.means) < 0.02 * scale)
    for i in columns.indices {
      for j in columns.indices {
        let covariance = (0..<count).reduce(0.0) {
          $0 + (columns[i][$1] - means[i]) * (columns[j][$1] - means[j]) / Double(count)
        }
        #expect(abs(covariance - expected.covariance[i][j]) < 0.05 * scale * scale)
      }
    }
  }
}
