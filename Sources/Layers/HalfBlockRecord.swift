package import CLIPCompute
import CLIPTensors

/// What a ``BlockRecord`` holds, kept in bfloat16 between the forward and the backward pass.
package struct HalfBlockRecord {
  private let matrices: [HalfMatrix]

  /// - Parameters:
  ///   - rows: of all sequences
  ///   - asking: how many rows ask, or nil where all do
  package init(_ block: ResidualBlock, rows: Int, width: Int, asking: Int?, in memory: MatrixMemory) {
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count, own = asking ?? rows
    var shapes = [(rows, width), (rows, (asking == nil ? 3 : 2) * inner), (own, inner), (own, width), (own, hidden)]
    if block.feedForward.gate != nil { shapes.append((own, hidden)) }
    if let asking { shapes.append((asking, inner)) }
    // One piece of memory, each matrix on a cache line of its own.
    let counts = shapes.map { (HalfMatrix.floats($0, $1) + 15) / 16 * 16 }
    var place = memory.floats(counts.reduce(0, +))
    matrices = zip(shapes, counts).map { shape, count in
      defer { place += count }
      return HalfMatrix(place, rows: shape.0, columns: shape.1)
    }
  }

  /// The record's matrices in the order of ours, with the row where each begins.
  private func places(_ part: BlockRecord, _ rows: Range<Int>, _ asking: Range<Int>) -> [(MatrixView, Int)] {
    var places = [
      (part.input, rows.lowerBound), (part.projected, rows.lowerBound), (part.attended, asking.lowerBound),
      (part.middle, asking.lowerBound), (part.sum, asking.lowerBound),
    ]
    if let gate = part.gate { places.append((gate, asking.lowerBound)) }
    if let queries = part.queries { places.append((queries, asking.lowerBound)) }
    return places
  }

  /// Keeps the part of a group of sequences.
  package func keep(_ part: BlockRecord, rows: Range<Int>, asking: Range<Int>) {
    for (half, place) in zip(matrices, places(part, rows, asking)) { half.keep(place.0, at: place.1) }
  }

  /// Gives the part of a group of sequences back.
  package func give(_ part: BlockRecord, rows: Range<Int>, asking: Range<Int>) {
    for (half, place) in zip(matrices, places(part, rows, asking)) { half.give(place.0, from: place.1) }
  }
}
