import CLIPModelShapes
import CLIPSystem
import CLIPTensors

extension RotaryTable {
  /// The angles of a square grid's tokens; those before it are turned by none.
  ///
  ///     t(row, i) = (row + offset) * reference / grid / 10000^(i / bands),   i = 0 ..< bands = headWidth / 4
  ///
  /// for the first half of a head's pairs, and likewise with the column for the second, or columns first. Source: EVA-02
  /// (arXiv:2303.11331); timm's `RotaryEmbeddingCat`.
  init(_ shape: RotaryShape, headWidth: Int) {
    let bands = headWidth / 4, pairs = 2 * bands, tokens = shape.prefix + shape.grid * shape.grid
    var cosine = [Float](repeating: 1, count: tokens * pairs), sine = [Float](repeating: 0, count: tokens * pairs)
    let stretch = Double(shape.reference) / Double(shape.grid)
    for place in 0..<shape.grid * shape.grid {
      for pair in 0..<pairs {
        let isByRow = (pair < bands) != shape.startsWithColumns
        let coordinate = (isByRow ? place / shape.grid : place % shape.grid) + shape.offset
        let angle = Double(coordinate) * stretch / pow(10000, Double(pair % bands) / Double(bands))
        cosine[(shape.prefix + place) * pairs + pair] = Float(cos(angle))
        sine[(shape.prefix + place) * pairs + pair] = Float(sin(angle))
      }
    }
    self.init(cosine: Tensor(cosine, [tokens, pairs]), sine: Tensor(sine, [tokens, pairs]))
  }
}
