import VectorKernels

/// How pixels are weighted when a picture is resized.
public enum Interpolation: String, CaseIterable, Sendable {
  /// Keys' cubic with a = -0.5.
  case bicubic
  /// The triangle.
  case bilinear

  /// How far the filter reaches to either side at its own scale, in pixels.
  var support: Double { self == .bicubic ? 2 : 1 }

  /// The filter's weight at a distance.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      // Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 15.
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}

/// A rectangle of pixels.
public struct PixelBox: Equatable, Sendable {
  public var rows: Range<Int>
  public var columns: Range<Int>

  public init(rows: Range<Int>, columns: Range<Int>) {
    self.rows = rows
    self.columns = columns
  }
}

/// Antialiased resizing, to the byte as Pillow does it: the filter is widened by the reduction, and two passes, first
/// along rows, work in fixed point on 8-bit pixels with rounding between them.
public enum Resampling {
  /// - Parameters:
  ///   - box: the part of `image` to take; all of it when nil
  ///   - rows, columns: the size that the box is resized to
  ///   - kept: the part of the result wanted; the rest is not computed
  /// - Returns: the pixels of `kept`
  public static func resize(
    _ image: PixelImage, box: PixelBox? = nil, toRows rows: Int, columns: Int, keeping kept: PixelBox? = nil,
    interpolation: Interpolation = .bicubic
  ) -> PixelImage {
    let box = box ?? PixelBox(rows: 0..<image.rows, columns: 0..<image.columns)
    let kept = kept ?? PixelBox(rows: 0..<rows, columns: 0..<columns)
    precondition(
      rows > 0 && columns > 0 && !box.rows.isEmpty && !box.columns.isEmpty && box.rows.lowerBound >= 0
        && box.columns.lowerBound >= 0 && box.rows.upperBound <= image.rows
        && box.columns.upperBound <= image.columns && kept.rows.lowerBound >= 0 && kept.columns.lowerBound >= 0
        && kept.rows.upperBound <= rows && kept.columns.upperBound <= columns,
      "a box of \(box) resized to \(rows) x \(columns) does not fit")
    let vertical = FilterTable(box.rows, of: image.rows, to: rows, keeping: kept.rows, interpolation)
    let horizontal = FilterTable(box.columns, of: image.columns, to: columns, keeping: kept.columns, interpolation)
    // A pass that neither resizes nor shifts would leave its pixels as they are.
    let narrowed = horizontal.map { Self.alongRows(image, rows: vertical?.inputs ?? kept.rows(in: box), $0) }
      ?? image.part(rows: vertical?.inputs ?? kept.rows(in: box), columns: kept.columns(in: box))
    return vertical.map { Self.alongColumns(narrowed, $0) } ?? narrowed
  }

  private static func alongRows(_ image: PixelImage, rows: Range<Int>, _ table: FilterTable) -> PixelImage {
    let columns = table.spans.count, stride = image.columns * 3
    let result = [UInt8](unsafeUninitializedCapacity: rows.count * columns * 3) { target, count in
      guard let target = target.baseAddress else { return }
      image.pixels.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        // The kernel reads one byte past a pixel, which the picture's last row lacks.
        var padded = [UInt8](repeating: 0, count: stride + 1)
        for (index, row) in rows.enumerated() {
          var line = source + row * stride
          padded.withUnsafeMutableBufferPointer { padded in
            if row == image.rows - 1, let copy = padded.baseAddress {
              copy.update(from: line, count: stride)
              line = UnsafePointer(copy)
            }
            rk_resize_row(line, target + index * columns * 3, table.spans, table.weights, table.capacity, columns)
          }
        }
      }
      count = rows.count * columns * 3
    }
    return PixelImage(rows: rows.count, columns: columns, pixels: result)
  }

  private static func alongColumns(_ image: PixelImage, _ table: FilterTable) -> PixelImage {
    let rows = table.spans.count, bytes = image.columns * 3
    var sums = [Int32](repeating: 0, count: bytes)
    let result = [UInt8](unsafeUninitializedCapacity: rows * bytes) { target, count in
      guard let target = target.baseAddress else { return }
      image.pixels.withUnsafeBufferPointer { source in
        table.weights.withUnsafeBufferPointer { weights in
          guard let source = source.baseAddress, let weights = weights.baseAddress else { return }
          for (row, span) in table.spans.enumerated() {
            rk_blend_rows(
              source + (Int(span.first) - table.inputs.lowerBound) * bytes, bytes, weights + row * table.capacity,
              Int(span.count), target + row * bytes, &sums, bytes)
          }
        }
      }
      count = rows * bytes
    }
    return PixelImage(rows: rows, columns: image.columns, pixels: result)
  }
}

/// The weights of one pass.
private struct FilterTable {
  /// Each kept output's inputs.
  let spans: [rk_span]
  /// `[outputs, capacity]`, in fixed point with 22 fractional bits.
  let weights: [Int32]
  let capacity: Int
  /// All inputs used.
  let inputs: Range<Int>

  /// Nil when the pass would change nothing.
  ///
  /// - Parameters:
  ///   - box: the inputs resized
  ///   - count: how many inputs there are
  ///   - outputs: how many outputs the box is resized to
  ///   - kept: which of them are wanted
  init?(_ box: Range<Int>, of count: Int, to outputs: Int, keeping kept: Range<Int>, _ filter: Interpolation) {
    if box.count == outputs { return nil }
    let scale = Double(box.count) / Double(outputs)
    let widening = max(scale, 1)
    let support = filter.support * widening
    capacity = Int(support.rounded(.up)) * 2 + 1
    var spans: [rk_span] = [], weights = [Int32](repeating: 0, count: kept.count * capacity)
    var values = [Double](repeating: 0, count: capacity)
    for (index, output) in kept.enumerated() {
      let center = Double(box.lowerBound) + (Double(output) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let taps = min(count, Int(center + support + 0.5)) - first
      var total = 0.0
      for tap in 0..<taps {
        values[tap] = filter.weight(at: (Double(tap + first) - center + 0.5) * (1 / widening))
        total += values[tap]
      }
      for tap in 0..<taps {
        let value = (total != 0 ? values[tap] / total : values[tap]) * Double(1 << RK_WEIGHT_BITS)
        weights[index * capacity + tap] = Int32(value + (value < 0 ? -0.5 : 0.5))
      }
      spans.append(rk_span(first: Int32(first), count: Int32(taps)))
    }
    self.spans = spans
    self.weights = weights
    let lowest = spans.map(\.first).min() ?? 0, highest = spans.map { $0.first + $0.count }.max() ?? 0
    inputs = Int(lowest)..<Int(highest)
  }
}

extension PixelBox {
  /// The kept rows as rows of the picture, where the box is not resized.
  fileprivate func rows(in box: PixelBox) -> Range<Int> {
    box.rows.lowerBound + rows.lowerBound..<box.rows.lowerBound + rows.upperBound
  }

  fileprivate func columns(in box: PixelBox) -> Range<Int> {
    box.columns.lowerBound + columns.lowerBound..<box.columns.lowerBound + columns.upperBound
  }
}

extension PixelImage {
  /// A rectangle cut out.
  func part(rows wanted: Range<Int>, columns kept: Range<Int>) -> PixelImage {
    if wanted == 0..<rows && kept == 0..<columns { return self }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(wanted.count * kept.count * 3)
    for row in wanted { bytes += pixels[(row * columns + kept.lowerBound) * 3..<(row * columns + kept.upperBound) * 3] }
    return PixelImage(rows: wanted.count, columns: kept.count, pixels: bytes)
  }
}
