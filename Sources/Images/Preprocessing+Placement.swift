/// Where a resized picture lies in the square that a model sees.
struct Placement {
  /// What is kept of the resized picture.
  var window: ResizedWindow
  /// Where its first row and column stand in the square.
  var top = 0
  var left = 0
  /// Whether the square has pixels that the picture does not cover.
  var leavesMargin = false
}

extension Preprocessing {
  func placement(of image: PixelImage) -> Placement {
    precondition(imageSize > 0, "a picture cannot become \(imageSize) pixels wide")
    let size = imageSize
    let whole = (top: 0, left: 0, rows: image.rows, columns: image.columns)
    switch resizeMode {
    case .squash:
      return Placement(
        window: ResizedWindow(box: whole, scaledRows: size, scaledColumns: size, rows: 0..<size, columns: 0..<size))
    case .shortest:
      let (rows, columns) = Self.shortestSize(rows: image.rows, columns: image.columns, size)
      let top = cropsDown ? (rows - size) / 2 : Self.centered(size, in: rows)
      let left = cropsDown ? (columns - size) / 2 : Self.centered(size, in: columns)
      return Placement(
        window: ResizedWindow(
          box: whole, scaledRows: rows, scaledColumns: columns, rows: top..<top + size, columns: left..<left + size))
    case .longest:
      let (rows, columns) = Self.longestSize(rows: image.rows, columns: image.columns, size)
      return Placement(
        window: ResizedWindow(
          box: whole, scaledRows: rows, scaledColumns: columns, rows: 0..<rows, columns: 0..<columns),
        top: (size - rows) / 2, left: (size - columns) / 2, leavesMargin: rows < size || columns < size)
    }
  }

  /// torchvision's `Resize(size)`: the longer side is `int(size * longer / shorter)`.
  static func shortestSize(rows: Int, columns: Int, _ size: Int) -> (rows: Int, columns: Int) {
    let (short, long) = (min(rows, columns), max(rows, columns))
    let scaled = Int(Double(size * long) / Double(short))
    return rows <= columns ? (size, scaled) : (scaled, size)
  }

  /// open_clip's `ResizeKeepRatio(size, longest=1)`; Python's rounding, ties to even. A side never vanishes.
  static func longestSize(rows: Int, columns: Int, _ size: Int) -> (rows: Int, columns: Int) {
    let ratio = max(Double(rows) / Double(size), Double(columns) / Double(size))
    func scaled(_ side: Int) -> Int {
      min(max(Int((Double(side) / ratio).rounded(.toNearestOrEven)), 1), size)
    }
    return (scaled(rows), scaled(columns))
  }

  /// torchvision's `CenterCrop`: `int(round((side - size) / 2))`, ties to even.
  static func centered(_ size: Int, in side: Int) -> Int {
    Int((Double(side - size) / 2).rounded(.toNearestOrEven))
  }
}
