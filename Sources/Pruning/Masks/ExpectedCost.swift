package import CLIPModelShapes

/// Multiply-adds of one image as a function of sizes that are no whole numbers: what a model with gates costs in the mean.
///
/// The toolkit's own formula (`CLIPConfiguration.imageMultiplyAdds`) is linear in the stream's width, in each layer's heads and
/// in each layer's hidden units, and products of width with either. Gates are drawn apart from one another, so the mean of a
/// product is the product of the means. The factors are read off the formula itself, at sizes of 0 and 1, so that the two cannot
/// disagree.
///
/// Source: the expected size of CoFi's models (arXiv:2204.00408, section 3.1), with multiply-adds in the place of parameters.
package struct ExpectedCost: Sendable {
  /// Sizes of an image tower, or what belongs to them.
  package struct Sizes: Sendable, Equatable {
    /// Channels of the stream.
    package var width: Double
    /// For each layer.
    package var heads: [Double]
    /// Hidden units of each layer.
    package var units: [Double]

    /// Sizes of their parts.
    package init(width: Double, heads: [Double], units: [Double]) {
      self.width = width
      self.heads = heads
      self.units = units
    }
  }

  /// What costs the same whatever is cut.
  private let constant: Double
  private let channel: Double
  /// For each layer: of a head, and of a head with a channel.
  private let head: [Double], headChannel: [Double]
  private let unitChannel: [Double]
  /// Of the whole model.
  package let whole: Double

  /// The factors of a model.
  package init(_ model: CLIPConfiguration) {
    let layers = model.vision.layers
    func cost(width: Int, headIn: Int? = nil, unitIn: Int? = nil) -> Double {
      var small = model
      small.vision.width = width
      small.vision.headsPerLayer = (0..<layers).map { $0 == headIn ? 1 : 0 }
      small.vision.mlpWidth = (0..<layers).map { $0 == unitIn ? 1 : 0 }
      return Double(small.imageMultiplyAdds)
    }
    let nothing = cost(width: 0), one = cost(width: 1)
    constant = nothing
    channel = one - nothing
    let head = (0..<layers).map { cost(width: 0, headIn: $0) - nothing }
    self.head = head
    headChannel = (0..<layers).map { cost(width: 1, headIn: $0) - one - head[$0] }
    unitChannel = (0..<layers).map { cost(width: 1, unitIn: $0) - one }
    whole = Double(model.imageMultiplyAdds)
  }

  /// Multiply-adds of one image.
  package func callAsFunction(_ sizes: Sizes) -> Double {
    var sum = constant + channel * sizes.width
    for layer in head.indices {
      sum += (head[layer] + headChannel[layer] * sizes.width) * sizes.heads[layer]
      sum += unitChannel[layer] * sizes.width * sizes.units[layer]
    }
    return sum
  }

  /// How the cost grows with each size.
  package func slopes(at sizes: Sizes) -> Sizes {
    var width = channel
    for layer in head.indices {
      width += headChannel[layer] * sizes.heads[layer] + unitChannel[layer] * sizes.units[layer]
    }
    return Sizes(
      width: width, heads: head.indices.map { head[$0] + headChannel[$0] * sizes.width },
      units: unitChannel.map { $0 * sizes.width })
  }
}
