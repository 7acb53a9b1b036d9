import CLIPFiles
public import CLIPModelShapes
package import CLIPTensors

/// Resizes positional embeddings to a model of another image size or context length, as open_clip does when
/// it loads a checkpoint.
///
/// Source: open_clip's `resize_pos_embed` and `resize_text_pos_embed`; PyTorch's `interpolate`, with
/// `align_corners=False`. Sums are in double precision.
package enum PositionalEmbeddingResize {
  /// Bicubic over the grid of patches, antialiased; a class token is kept.
  /// - Parameters:
  ///   - embedding: `[prefix + old * old, width]`
  ///   - prefix: tokens before the patches
  /// - Returns: `[prefix + new * new, width]`
  package static func image(_ embedding: Tensor, from old: Int, to new: Int, prefix: Int) -> Tensor {
    let width = embedding.shape[1]
    let taps = antialiasedCubic(from: old, to: new)
    var result = Tensor(uninitialized: [prefix + new * new, width])
    var columns = [Double](repeating: 0, count: old * new * width)  // [old rows, new columns, width]
    embedding.withUnsafeElements { source in
      for row in 0..<old {
        for (column, tap) in taps.enumerated() {
          for (offset, weight) in tap.weights.enumerated() {
            let from = (prefix + row * old + tap.first + offset) * width
            let to = (row * new + column) * width
            for channel in 0..<width { columns[to + channel] += weight * Double(source[from + channel]) }
          }
        }
      }
      result.withUnsafeMutableElements { target in
        for channel in 0..<prefix * width { target[channel] = source[channel] }
        var sums = [Double](repeating: 0, count: width)
        for (row, tap) in taps.enumerated() {
          for column in 0..<new {
            for channel in 0..<width { sums[channel] = 0 }
            for (offset, weight) in tap.weights.enumerated() {
              let from = ((tap.first + offset) * new + column) * width
              for channel in 0..<width { sums[channel] += weight * columns[from + channel] }
            }
            let to = (prefix + row * new + column) * width
            for channel in 0..<width { target[to + channel] = Float(sums[channel]) }
          }
        }
      }
    }
    return result
  }

  /// Linear along the text, not antialiased.
  /// - Parameter embedding: `[old, width]`
  /// - Returns: `[new, width]`
  static func text(_ embedding: Tensor, to new: Int) -> Tensor {
    let old = embedding.shape[0]
    let width = embedding.shape[1]
    var result = Tensor(uninitialized: [new, width])
    embedding.withUnsafeElements { source in
      result.withUnsafeMutableElements { target in
        for position in 0..<new {
          let center = max(0, (Double(position) + 0.5) * Double(old) / Double(new) - 0.5)
          let first = min(Int(center), old - 1)
          let second = min(first + 1, old - 1)
          let share = center - Double(first)
          for channel in 0..<width {
            let near = Double(source[first * width + channel])
            let far = Double(source[second * width + channel])
            target[position * width + channel] = Float(near + share * (far - near))
          }
        }
      }
    }
    return result
  }

  /// The source positions and weights of each new position: a cubic with a = -0.5, stretched when shrinking.
  private static func antialiasedCubic(from old: Int, to new: Int) -> [(first: Int, weights: [Double])] {
    let scale = Double(old) / Double(new)
    let stretch = max(scale, 1)
    let support = 2 * stretch
    return (0..<new).map { position in
      let center = scale * (Double(position) + 0.5)
      let first = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), old)
      let weights = (first..<max(first, end)).map { cubic((Double($0) - center + 0.5) / stretch) }
      let sum = weights.reduce(0, +)
      return (first, weights.map { $0 / sum })
    }
  }

  private static func cubic(_ x: Double) -> Double {
    let a = -0.5
    let x = abs(x)
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}

extension StateDictionary {
  /// The same tensors, with positional embeddings resized to a model's image size and context length where
  /// only these differ. Names are open_clip's.
  public func resizingPositionalEmbeddings(to model: CLIPConfiguration) -> StateDictionary {
    var changed = false
    let list = names.compactMap { entries[$0] }.map { entry -> Entry in
      guard let resized = Self.resized(entry, model) else { return entry }
      changed = true
      return resized
    }
    return changed ? StateDictionary(path: path, list) : self
  }

  private static func resized(_ entry: Entry, _ model: CLIPConfiguration) -> Entry? {
    guard entry.shape.rank == 2, entry.shape[0] > 0 else { return nil }
    switch entry.name {
    case "visual.positional_embedding":
      let prefix = model.vision.prefix
      let old = Int(Double(max(0, entry.shape[0] - prefix)).squareRoot())
      let new = model.vision.gridSize
      // Beyond this size it is no embedding of any model, and the work would know no bound.
      guard old > 0, old * old == entry.shape[0] - prefix, old != new, old <= 1024,
        entry.shape[1] == model.vision.width
      else { return nil }
      return Entry(name: entry.name, shape: [prefix + new * new, entry.shape[1]], elementType: entry.elementType) {
        PositionalEmbeddingResize.image(try entry.load(), from: old, to: new, prefix: prefix)
      }
    case "positional_embedding":
      let new = model.text.contextLength
      guard entry.shape[0] != new, entry.shape[1] == model.text.width else { return nil }
      return Entry(name: entry.name, shape: [new, entry.shape[1]], elementType: entry.elementType) {
        PositionalEmbeddingResize.text(try entry.load(), to: new)
      }
    default: return nil
    }
  }
}
