internal import CCLIPVectorKernels

extension Preprocessing {
  /// A training picture: changed at random, then normalized like any other; `[3, imageSize, imageSize]`.
  /// - Parameters:
  ///   - augmentation: what may change; see ``Augmentation/validate()``
  ///   - random: the same bits give the same picture; `Philox` gives every sample its own
  public func callAsFunction(
    _ picture: PixelImage, augmentation: Augmentation, random: inout some RandomNumberGenerator
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { output, filled in
      callAsFunction(
        picture, augmentation: augmentation, random: &random,
        into: UnsafeMutableBufferPointer(rebasing: output[..<count]))
      filled = count
    }
  }

  /// Writes a training picture, `[3, imageSize, imageSize]`.
  /// - Parameter output: at least ``count`` floats; those beyond are left alone
  public func callAsFunction(
    _ picture: PixelImage, augmentation: Augmentation, random: inout some RandomNumberGenerator,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(output.count >= count, "\(output.count) floats do not hold \(count)")
    guard let output = output.baseAddress else { return }
    let plan = AugmentationPlan(rows: picture.rows, columns: picture.columns, augmentation, using: &random)
    let plane = imageSize * imageSize
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
      guard let bytes = bytes.baseAddress else { return }
      write(picture, following: plan, to: bytes)
      normalized.withUnsafeBufferPointer { table in
        // All planes are contiguous, so the whole square is one row.
        rk_normalize_row(bytes, plane, table.baseAddress, output, output + plane, output + 2 * plane)
      }
    }
  }

  /// A training picture before it is normalized, `[imageSize, imageSize, 3]`: to look at what a model sees.
  public func augmented(
    _ picture: PixelImage, _ augmentation: Augmentation, random: inout some RandomNumberGenerator
  ) -> PixelImage {
    let plan = AugmentationPlan(rows: picture.rows, columns: picture.columns, augmentation, using: &random)
    return augmented(picture, following: plan)
  }

  /// The same with nothing left to chance.
  /// - Parameter plan: its crop must lie inside the picture
  package func augmented(_ picture: PixelImage, following plan: AugmentationPlan) -> PixelImage {
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      if let target = target.baseAddress { write(picture, following: plan, to: target) }
      filled = count
    }
    return PixelImage(rows: imageSize, columns: imageSize, pixels: pixels)
  }

  /// Writes `[imageSize, imageSize, 3]` bytes.
  private func write(_ picture: PixelImage, following plan: AugmentationPlan, to target: UnsafeMutablePointer<UInt8>) {
    let size = imageSize
    let crop = plan.crop
    let window = ResizedWindow(
      box: (crop.top, crop.left, crop.rows, crop.columns), scaledRows: size, scaledColumns: size, rows: 0..<size,
      columns: 0..<size)
    Resampling.forEachRow(of: window, in: picture, interpolation) { row, bytes in
      let line = target + row * size * 3
      line.update(from: bytes, count: size * 3)
      if plan.isMirrored { ck_mirror_row(line, size) }
    }
    for adjustment in plan.adjustments { adjustment.apply(to: target, count: size * size) }
  }
}
