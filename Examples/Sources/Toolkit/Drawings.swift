import CarbonCLIPKit

/// A data set made in memory: a square or a disc in one of four colors, with what it is.
struct Drawings: IndexedSource {
  let count: Int
  let seed: Int
  var path: String { "drawings-\(seed)" }

  func sample(at index: Int) throws -> ImageTextSample {
    let number = index &* 7919 &+ seed &* 104729, color = Drawing.colors[number % 4]
    let shape = number / 4 % 2 == 0 ? "square" : "circle"
    return ImageTextSample(
      key: "\(index)",
      image: .pixels(Drawing.picture(color.value, isSquare: shape == "square", size: 48 + number % 17)),
      captions: ["a \(color.name) \(shape)", "one \(shape), \(color.name)"], file: path)
  }
}

/// The pictures themselves.
enum Drawing {
  static let colors: [(name: String, value: [UInt8])] = [
    ("red", [220, 40, 40]), ("green", [40, 170, 60]), ("blue", [50, 80, 220]), ("yellow", [240, 210, 40]),
  ]

  /// A shape on gray, rows times columns times red, green and blue.
  static func picture(_ color: [UInt8], isSquare: Bool, size: Int) -> PixelImage {
    let middle = Double(size - 1) / 2, reach = Double(size) / 3
    var pixels: [UInt8] = []
    for row in 0..<size {
      for column in 0..<size {
        let x = Double(column) - middle, y = Double(row) - middle
        let isInside = isSquare ? max(abs(x), abs(y)) < reach : x * x + y * y < reach * reach
        pixels += isInside ? color : [200, 200, 200]
      }
    }
    return PixelImage(rows: size, columns: size, pixels: pixels)
  }

  /// Writes a red circle as a PNG file.
  static func write(to path: String) throws -> String {
    try AtomicFile.write(PNGEncoder.encode(picture(colors[0].value, isSquare: false, size: 64)), to: path)
    return path
  }
}
