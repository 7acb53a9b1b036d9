internal import CLIPCompute
import CLIPTensors

/// What a ``BlockRecord`` holds, kept in bfloat16 between the forward and the backward pass.
package struct HalfBlockRecord {
  private let matrices: [HalfMatrix]

  /// - Parameters:
  ///   - rows: of all sequences
  ///   - asking: how many rows ask, or nil where all do
  ///   - memory: so many floats from a cache line's start, for each matrix
  package init(
    _ block: ResidualBlock, rows: Int, width: Int, asking: Int?, memory: (_ floats: Int) -> UnsafeMutablePointer<Float>
  ) {
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count, own = asking ?? rows
    var shapes = [(rows, width), (rows, (asking == nil ? 3 : 2) * inner), (own, inner), (own, width), (own, hidden)]
    if block.feedForward.gate != nil { shapes.append((own, hidden)) }
    if let asking { shapes.append((asking, inner)) }
    // The largest first: what a lent piece of memory has no room for is then the smallest.
    let order = shapes.indices.sorted { (shapes[$0].0 * shapes[$0].1, $1) > (shapes[$1].0 * shapes[$1].1, $0) }
    var starts = [UnsafeMutablePointer<Float>?](repeating: nil, count: shapes.count)
    for index in order {
      starts[index] = memory((HalfMatrix.floats(shapes[index].0, shapes[index].1) + 15) / 16 * 16)
    }
    matrices = zip(shapes, starts).compactMap { shape, start in
      start.map { HalfMatrix($0, rows: shape.0, columns: shape.1) }
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
