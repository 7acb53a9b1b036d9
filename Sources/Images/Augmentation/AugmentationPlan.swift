/// What was drawn for one picture: everything that chance decides, and nothing else.
package struct AugmentationPlan: Equatable, Sendable {
  package var crop: CropBox
  package var isMirrored = false
  /// In the order in which they are applied.
  package var adjustments: [ColorAdjustment] = []

  package init(crop: CropBox, isMirrored: Bool = false, adjustments: [ColorAdjustment] = []) {
    self.crop = crop
    self.isMirrored = isMirrored
    self.adjustments = adjustments
  }

  /// Draws the crop, then whether to mirror, to change and to remove colors, then the changes' order and factors.
  /// So a seed's crops stay the same when another option is turned on.
  package init(
    rows: Int, columns: Int, _ augmentation: Augmentation, using random: inout some RandomNumberGenerator
  ) {
    crop = CropBox.random(
      rows: rows, columns: columns, scale: augmentation.scale, ratio: augmentation.ratio, using: &random)
    isMirrored = random.happens(augmentation.horizontalFlipProbability)
    let changesColors = random.happens(augmentation.colorJitterProbability)
    let losesColors = random.happens(augmentation.grayScaleProbability)
    if changesColors, let jitter = augmentation.colorJitter { adjustments = jitter.draw(using: &random) }
    if losesColors { adjustments.append(.grayScale) }
  }
}

extension ColorJitter {
  /// Factors in a random order; what has no room to change is left out.
  package func draw(using random: inout some RandomNumberGenerator) -> [ColorAdjustment] {
    func factor(_ room: Double) -> Double { random.uniform(from: max(0, 1 - room), to: 1 + room) }
    var drawn: [ColorAdjustment] = []
    drawn.reserveCapacity(5)
    if brightness > 0 { drawn.append(.brightness(factor(brightness))) }
    if contrast > 0 { drawn.append(.contrast(factor(contrast))) }
    if saturation > 0 { drawn.append(.saturation(factor(saturation))) }
    if hue > 0 { drawn.append(.hue(random.uniform(from: -hue, to: hue))) }
    for last in drawn.indices.reversed() { drawn.swapAt(last, random.integer(upTo: last)) }
    return drawn
  }
}
