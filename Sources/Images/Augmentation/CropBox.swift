internal import CLIPSystem

/// A part of a picture, in its pixels.
package struct CropBox: Equatable, Sendable {
  package var top: Int
  package var left: Int
  package var rows: Int
  package var columns: Int

  package init(top: Int, left: Int, rows: Int, columns: Int) {
    self.top = top
    self.left = left
    self.rows = rows
    self.columns = columns
  }

  /// A random part of given shares and proportions.
  ///
  ///     area = rows * columns * uniform(scale),  ratio = exp(uniform(log of ratio))
  ///     columns' = round(sqrt(area * ratio)),  rows' = round(sqrt(area / ratio)),  ties to even
  ///
  /// Up to ten of these are drawn until one fits; its place is uniform. If none fits, the middle of the picture is
  /// taken, as large as the limits of `ratio` allow.
  ///
  /// Source: torchvision's `RandomResizedCrop.get_params`. There a middle part can have no pixels; here it has one
  /// row and column at least.
  /// - Parameters:
  ///   - pictureRows, pictureColumns: positive
  ///   - scale, ratio: any values, sensible or not; the result lies inside the picture
  package static func random(
    rows pictureRows: Int, columns pictureColumns: Int, scale: ClosedRange<Double>, ratio: ClosedRange<Double>,
    using random: inout some RandomNumberGenerator
  ) -> CropBox {
    let area = Double(pictureRows) * Double(pictureColumns)
    let logarithms = (log(ratio.lowerBound), log(ratio.upperBound))
    for _ in 0..<10 {
      let target = area * random.uniform(from: scale.lowerBound, to: scale.upperBound)
      let proportion = exp(random.uniform(from: logarithms.0, to: logarithms.1))
      let columns = (target * proportion).squareRoot().rounded(.toNearestOrEven)
      let rows = (target / proportion).squareRoot().rounded(.toNearestOrEven)
      // Compared before they become integers: hostile ranges give values that no integer holds.
      if columns >= 1, columns <= Double(pictureColumns), rows >= 1, rows <= Double(pictureRows) {
        let top = random.integer(upTo: pictureRows - Int(rows))
        let left = random.integer(upTo: pictureColumns - Int(columns))
        return CropBox(top: top, left: left, rows: Int(rows), columns: Int(columns))
      }
    }
    return middle(rows: pictureRows, columns: pictureColumns, ratio: ratio)
  }

  /// The largest part around the middle whose proportions are within the limits.
  package static func middle(rows pictureRows: Int, columns pictureColumns: Int, ratio: ClosedRange<Double>) -> CropBox
  {
    func side(_ length: Double, atMost limit: Int) -> Int {
      let rounded = length.rounded(.toNearestOrEven)
      return rounded < 1 ? 1 : rounded < Double(limit) ? Int(rounded) : limit
    }
    let proportion = Double(pictureColumns) / Double(pictureRows)
    var (rows, columns) = (pictureRows, pictureColumns)
    if proportion < ratio.lowerBound {
      rows = side(Double(pictureColumns) / ratio.lowerBound, atMost: pictureRows)
    } else if proportion > ratio.upperBound {
      columns = side(Double(pictureRows) * ratio.upperBound, atMost: pictureColumns)
    }
    return CropBox(
      top: (pictureRows - rows) / 2, left: (pictureColumns - columns) / 2, rows: rows, columns: columns)
  }
}
