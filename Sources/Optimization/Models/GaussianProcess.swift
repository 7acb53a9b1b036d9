internal import CLIPCompute
internal import CLIPFiles
internal import CLIPSystem

/// A distribution of functions that agree with what was measured: a mean and a spread anywhere.
///
/// Outputs are standardized first. Hyper-parameters are those of the highest posterior density from several starts
/// (``Kernel`` has the covariance, ``MarginalLikelihood`` the density and its sources).
public struct GaussianProcess: Sendable {
  /// What was fitted, for inputs as given and outputs with variance 1.
  public struct Hyperparameters: Equatable, Sendable {
    /// How far an axis must be gone until outputs are unlike; a long one says that the axis matters little.
    public var lengthscales: [Double]
    /// Of the function around its mean: the height of Matérn's kernel.
    public var signalVariance: Double
    /// Beyond the noise that was measured.
    public var noiseVariance: Double
    /// Of the slopes of a plane under everything; 0 for none.
    public var trendVariance: Double

    /// Hyper-parameters as given; a process checks whether they are in range when it is made with them.
    public init(
      lengthscales: [Double], signalVariance: Double, noiseVariance: Double = 0, trendVariance: Double = 0
    ) {
      self.lengthscales = lengthscales
      self.signalVariance = signalVariance
      self.noiseVariance = noiseVariance
      self.trendVariance = trendVariance
    }
  }

  /// As fitted, or as given.
  public let hyperparameters: Hyperparameters
  /// `[observations][axes]`.
  public let inputs: [[Double]]

  let kernel: Kernel
  /// What standardized the outputs.
  let center: Double, scale: Double
  let standardized: [Double]
  /// Variances of all noise, of standardized outputs.
  let noise: [Double]
  /// `(K + noise)⁻¹`.
  let inverse: DoubleMatrix
  /// `(K + noise)⁻¹ y`.
  let weights: [Double]
  private let logDeterminant: Double

  /// The lengths of ``Hyperparameters``.
  public var lengthscales: [Double] { hyperparameters.lengthscales }

  /// Fits the hyper-parameters.
  /// - Parameters:
  ///   - inputs: `[observations][axes]`, meant for the unit cube
  ///   - outputs: `[observations]`
  ///   - noise: the standard error of each output, 0 for exact ones; if all are exact no further noise is looked for
  ///   - trend: whether a plane of unknown slopes lies under everything
  ///   - learnsNoise: whether noise beyond the measured one is looked for, such as the spread of repeated trainings
  /// - Throws: `InputError` for no observations, shapes that differ, or what is not finite.
  public init(
    inputs: [[Double]], outputs: [Double], noise: [Double], trend: Bool = false, learnsNoise: Bool = true
  ) throws {
    try Self.check(inputs, outputs, noise)
    let (center, scale) = Self.standards(outputs)
    let likelihood = MarginalLikelihood(
      inputs: inputs, outputs: outputs.map { ($0 - center) / scale },
      noise: Self.variances(noise, scale), fitsNoise: learnsNoise && noise.contains { $0 > 0 },
      hasTrend: trend)
    let (kernel, extra) = likelihood.kernel(Self.bestParameters(likelihood))
    try self.init(
      inputs: inputs, outputs: outputs, noise: noise,
      hyperparameters: Hyperparameters(
        lengthscales: kernel.lengthscales, signalVariance: kernel.signalVariance, noiseVariance: extra,
        trendVariance: kernel.trendVariance))
  }

  /// With hyper-parameters as given.
  /// - Throws: as ``init(inputs:outputs:noise:trend:)``, and for hyper-parameters out of range.
  public init(inputs: [[Double]], outputs: [Double], noise: [Double], hyperparameters: Hyperparameters) throws {
    try Self.check(inputs, outputs, noise)
    let (center, scale) = Self.standards(outputs)
    try self.init(
      inputs: inputs, outputs: outputs, noise: noise, hyperparameters: hyperparameters, center: center, scale: scale)
  }

  private init(
    inputs: [[Double]], outputs: [Double], noise: [Double], hyperparameters: Hyperparameters, center: Double,
    scale: Double
  ) throws {
    let h = hyperparameters
    let positive = h.lengthscales + [h.signalVariance], atLeastZero = [h.noiseVariance, h.trendVariance]
    guard h.lengthscales.count == inputs[0].count, (positive + atLeastZero).allSatisfy(\.isFinite),
      positive.allSatisfy({ $0 > 0 }), atLeastZero.allSatisfy({ $0 >= 0 })
    else { throw InputError("hyper-parameters of a Gaussian process must be positive, a length for each axis") }
    self.inputs = inputs
    self.hyperparameters = h
    self.center = center
    self.scale = scale
    kernel = Kernel(
      lengthscales: h.lengthscales, signalVariance: h.signalVariance, trendVariance: h.trendVariance)
    standardized = outputs.map { ($0 - center) / scale }
    self.noise = Self.variances(noise, scale).map { $0 + h.noiseVariance + MarginalLikelihood.leastNoise }
    var matrix = kernel(inputs, inputs)
    for index in inputs.indices { matrix[index, index] += self.noise[index] }
    guard let factor = CholeskyFactor.jittered(matrix) else {
      throw InputError("observations have no Gaussian process: their covariance is not positive definite")
    }
    inverse = factor.inverse
    weights = factor.solve(standardized)
    logDeterminant = factor.logDeterminant
  }

  private static func check(_ inputs: [[Double]], _ outputs: [Double], _ noise: [Double]) throws {
    guard let first = inputs.first, !first.isEmpty else {
      throw InputError("a Gaussian process needs at least one observation with at least one axis")
    }
    guard inputs.count == outputs.count, noise.count == outputs.count,
      inputs.allSatisfy({ $0.count == first.count })
    else {
      throw InputError(
        "\(inputs.count) inputs, \(outputs.count) outputs and \(noise.count) standard errors do not belong together")
    }
    // Larger numbers have squares that are not finite.
    guard (inputs.joined() + outputs + noise).allSatisfy({ abs($0) <= 1e150 }), noise.allSatisfy({ $0 >= 0 }) else {
      throw InputError("inputs, outputs and standard errors of a Gaussian process must be finite, at most 1e150")
    }
  }

  /// The mean of outputs, and their standard deviation; 1 where they are all alike.
  private static func standards(_ outputs: [Double]) -> (center: Double, scale: Double) {
    let most = outputs.reduce(0) { max($0, abs($1)) }
    guard most > 1e-150 else { return (0, 1) }
    let mean = outputs.reduce(0) { $0 + $1 / most } / Double(outputs.count)
    let variance = outputs.reduce(0) { $0 + ($1 / most - mean) * ($1 / most - mean) } / Double(outputs.count)
    let spread = variance.squareRoot()
    return (mean * most, spread > 1e-12 ? spread * most : most)
  }

  /// Variances of standardized outputs; a noise far above all differences is as good as any larger one.
  private static func variances(_ noise: [Double], _ scale: Double) -> [Double] {
    noise.map {
      let ratio = min($0 / scale, 1e4); return ratio * ratio
    }
  }

  /// From the priors' mode, and from shorter and longer lengths: fewer starts the longer each takes.
  private static func bestParameters(_ likelihood: MarginalLikelihood) -> [Double] {
    let middle = likelihood.start
    func moved(_ by: Double) -> [Double] { middle.enumerated().map { $0 < likelihood.axes ? $1 + by : $1 } }
    let count = likelihood.inputs.count
    let starts = count <= 60 ? [middle, moved(-1), moved(1)] : count <= 120 ? [middle, moved(-1)] : [middle]
    let found = starts.map {
      QuasiNewton.minimize({ likelihood($0) }, from: $0, iterations: count <= 150 ? 40 : 15)
    }
    let best = found.min { $0.value < $1.value }
    return best.flatMap { $0.value.isFinite ? $0.place : nil } ?? middle
  }

  /// How well the outputs, standardized, are explained.
  public var logMarginalLikelihood: Double {
    let fit = zip(standardized, weights).reduce(0) { $0 + $1.0 * $1.1 }
    return -0.5 * (fit + logDeterminant + Double(inputs.count) * log(2 * .pi))
  }
}
