internal import CCLIPVectorKernels

/// PIL's antialiased resize of 8-bit RGB, byte for byte.
///
/// Two passes, columns first, each over 8-bit data with weights in 22-bit fixed point; the sum is rounded and clipped to a
/// byte after each. A pass along an axis that keeps its size is left out. Rows and columns outside a later crop are
/// not computed: the others' bytes do not depend on them.
public enum Resampling {
  /// The whole picture at another size.
  public static func resize(
    _ image: PixelImage, toRows rows: Int, columns: Int, interpolation: Interpolation = .bicubic
  ) -> PixelImage {
    resize(
      image, box: (0, 0, image.rows, image.columns), toRows: rows, columns: columns, interpolation: interpolation)
  }

  /// A part of the picture at another size: crop, then resize, so that nothing outside the box shows through.
  /// - Parameters:
  ///   - box: in pixels; must lie inside the picture and not be empty
  ///   - interpolation: bicubic unless told
  public static func resize(
    _ image: PixelImage, box: (top: Int, left: Int, rows: Int, columns: Int), toRows rows: Int, columns: Int,
    interpolation: Interpolation = .bicubic
  ) -> PixelImage {
    let window = ResizedWindow(
      box: box, scaledRows: rows, scaledColumns: columns, rows: 0..<rows, columns: 0..<columns)
    let count = rows * columns * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      if let target = target.baseAddress {
        forEachRow(of: window, in: image, interpolation) { row, bytes in
          (target + row * columns * 3).update(from: bytes, count: columns * 3)
        }
      }
      filled = count
    }
    return PixelImage(rows: rows, columns: columns, pixels: pixels)
  }

  /// Calls `body` with each row of the window in order: its number, counted from the window's first, and a pointer to its
  /// bytes `[columns, 3]`, valid during the call.
  static func forEachRow(
    of window: ResizedWindow, in image: PixelImage, _ interpolation: Interpolation,
    _ body: (Int, UnsafePointer<UInt8>) -> Void
  ) {
    let box = window.box
    precondition(
      box.rows > 0 && box.columns > 0 && box.top >= 0 && box.left >= 0 && box.top <= image.rows - box.rows
        && box.left <= image.columns - box.columns && window.scaledRows > 0 && window.scaledColumns > 0,
      "the box \(box) does not lie inside \(image.rows) x \(image.columns) pixels")
    guard !window.rows.isEmpty, !window.columns.isEmpty else { return }
    let vertical =
      box.rows == window.scaledRows
      ? nil : ResamplingWeights(from: box.rows, to: window.scaledRows, only: window.rows, interpolation)
    let neededRows = vertical?.needed ?? window.rows
    let stride = window.columns.count * 3
    // One row of slack at the end serves the kernels' reading and writing ahead.
    let paddedStride = stride + 4
    let capacity = paddedStride * neededRows.count + Int(RK_ROW_SLACK)
    withUnsafeTemporaryAllocation(byteCount: capacity + stride + 2 * Int(RK_ROW_SLACK), alignment: 64) { scratch in
      guard let narrow = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      let line = narrow + capacity
      resampleColumns(of: window, in: image, rows: neededRows, interpolation, into: narrow, stride: paddedStride)
      for row in 0..<window.rows.count {
        guard let vertical else {
          body(row, narrow + row * paddedStride)
          continue
        }
        let start = Int(vertical.starts[row]) - neededRows.lowerBound
        vertical.weights.withUnsafeBufferPointer { weights in
          guard let weights = weights.baseAddress else { return }
          rk_resample_row(
            narrow + start * paddedStride, paddedStride, weights + row * vertical.taps, vertical.counts[row], stride,
            line)
        }
        body(row, line)
      }
    }
  }

  /// The first pass: the wanted rows of the box, narrowed to the wanted columns.
  private static func resampleColumns(
    of window: ResizedWindow, in image: PixelImage, rows: Range<Int>, _ interpolation: Interpolation,
    into target: UnsafeMutablePointer<UInt8>, stride targetStride: Int
  ) {
    let box = window.box
    let sourceStride = image.columns * 3
    image.pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      let first = pixels + (box.top + rows.lowerBound) * sourceStride + box.left * 3
      guard box.columns != window.scaledColumns else {
        for row in 0..<rows.count {
          (target + row * targetStride).update(
            from: first + row * sourceStride + window.columns.lowerBound * 3, count: window.columns.count * 3)
        }
        return
      }
      let horizontal = ResamplingWeights(
        from: box.columns, to: window.scaledColumns, only: window.columns, interpolation)
      // The kernel reads whole groups of taps: past a row's end that is the next row, but the last rows have none.
      let reach = (Int(horizontal.starts.last ?? 0) + horizontal.taps) * 3 + 4
      let available = image.pixels.count - (first - pixels)
      let safeRows = available < reach ? 0 : min(rows.count, (available - reach) / sourceStride + 1)
      func run(_ source: UnsafePointer<UInt8>, _ range: Range<Int>) {
        horizontal.starts.withUnsafeBufferPointer { starts in
          horizontal.weights.withUnsafeBufferPointer { weights in
            rk_resample_columns(
              source, sourceStride, range.count, starts.baseAddress, weights.baseAddress, horizontal.taps,
              window.columns.count, target + range.lowerBound * targetStride, targetStride)
          }
        }
      }
      if safeRows > 0 { run(first, 0..<safeRows) }
      guard safeRows < rows.count else { return }
      let rest = first + safeRows * sourceStride
      let restCount = image.pixels.count - (rest - pixels)
      let copied = (rows.count - safeRows - 1) * sourceStride + reach
      withUnsafeTemporaryAllocation(byteCount: max(copied, restCount), alignment: 64) { scratch in
        scratch.initializeMemory(as: UInt8.self, repeating: 0)
        guard let copy = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        copy.update(from: rest, count: min(restCount, scratch.count))
        run(copy, safeRows..<rows.count)
      }
    }
  }
}

/// A crop of a resized part of a picture: what a resize followed by a crop keeps.
struct ResizedWindow: Equatable {
  /// The part of the source that is resized, in its pixels.
  var box: (top: Int, left: Int, rows: Int, columns: Int)
  /// The size to which the box is resized.
  var scaledRows: Int
  var scaledColumns: Int
  /// What is kept of it.
  var rows: Range<Int>
  var columns: Range<Int>

  static func == (a: ResizedWindow, b: ResizedWindow) -> Bool {
    a.box == b.box && a.scaledRows == b.scaledRows && a.scaledColumns == b.scaledColumns && a.rows == b.rows
      && a.columns == b.columns
  }
}
