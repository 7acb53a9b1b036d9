internal import CLIPSystem

extension TestProblem {
  /// A model and the accelerator it runs on, small enough to be known whole: the search that this toolkit is for, with
  /// figures made up to have its shape.
  ///
  /// Eight model axes of four levels: depth, width, heads and feed-forward width of an image tower, then of a text tower.
  /// Four accelerator axes of four levels: cores, multiply-adds a cycle, small buffer, large buffer. Accuracy saturates in
  /// each axis, suffers when depth and width do not fit each other, and is measured with noise. Carbon is that of making the
  /// die plus that of the energy used; there are limits of latency and area.
  ///
  /// - Parameter noise: the standard error of the accuracy, in its unit (the accuracies span about 0.5)
  /// - Throws: `InputError` for a noise below 0.
  public static func coDesign(noise: Double = 0.003) throws -> TestProblem {
    let sizes = Array(repeating: 4, count: 12)
    return try TestProblem(
      name: "co-design", sizes: sizes, visibleAxes: 8, reference: [-0.2, 1.2], noise: noise
    ) { point in
      let x = point.map { Double($0) / 3 }
      let image = Tower(x[0], x[1], x[2], x[3]), text = Tower(x[4], x[5], x[6], x[7])
      let accuracy = 0.15 + 0.4 * image.quality * (0.45 + 0.55 * text.quality)
      let work = image.work + 0.4 * text.work, weights = image.weights + 0.7 * text.weights
      let cores = exp2(Double(point[8])), lanes = exp2(Double(point[9])), small = exp2(Double(point[10])),
        large = exp2(Double(point[11]))
      // A few lanes are always busy; many only with a wide model.
      let busy = 1 / (1 + cores * lanes / (24 * (0.4 + image.width)))
      let traffic = weights * (1 + 2 / (small * cores)) + max(0, weights - 0.5 * large)
      let latency = max(work / (cores * lanes * busy), 0.25 * traffic)
      let area = 0.3 + 0.05 * cores * lanes + 0.05 * cores * small + 0.15 * large
      let energy = 0.08 * work * (1 + 0.1 / small) + 0.05 * traffic + 0.02 * area * latency
      return ([-accuracy, 0.12 * area + 0.35 * energy], [latency - 1.5, area - 4.5])
    }
  }

  private struct Tower {
    let quality: Double, work: Double, weights: Double, width: Double

    /// Shares of the largest depth, width, heads and feed-forward width.
    init(_ depth: Double, _ width: Double, _ heads: Double, _ hidden: Double) {
      let fit = 1 - 0.25 * (depth - width) * (depth - width) - 0.1 * (heads - width) * (heads - width)
      quality =
        fit * (1 - 0.35 * exp(-3 * depth) - 0.4 * exp(-3.5 * width) - 0.1 * exp(-4 * heads) - 0.15 * exp(-3 * hidden))
      let layers = 0.5 + 0.5 * depth, channels = 0.4 + 0.6 * width
      weights = layers * channels * (0.33 * (0.3 + 0.7 * heads) + 0.67 * (0.3 + 0.7 * hidden)) * 2
      work = weights * (1 + 0.2 * (0.3 + 0.7 * heads))
      self.width = channels
    }
  }
}
