package import CLIPCompute
package import CLIPLayers
package import CLIPModelShapes

/// Puts gates into weights, so that a model with gates runs, and learns, as any other does.
///
/// A gate is a factor on what a part adds, and all that adds is a matrix, a bias or an embedding:
///
/// - a head's gate is on the columns of the attention's output matrix that read it;
/// - a hidden unit's gate is on the column of the feed-forward layer's second matrix that reads it;
/// - a channel's gate `z_d` is on what writes the channel (patch, class and position embeddings; rows of the output matrices and
///   their biases), and once more on what reads it: the gain and bias of every norm over the stream. Norms take mean and variance
///   over all `W` channels, closed ones too, which are 0; after the cut they are over the open ones alone. The variance of the
///   former is `sum z^2 / W` times that of the latter, so gains have the factor `sqrt(sum z^2 / W)` besides. What is left is the
///   mean, exactly equal where the open channels' mean is 0.
///
/// With weights `W' = W z` the gradients are `dL/dz = <dL/dW', W>` and `dL/dW = dL/dW' z`.
package final class GatedWeights {
  /// Which gate an index along an axis has: `first + index / span`.
  private struct Axis {
    var first: Int, span: Int
  }

  /// A parameter with gates.
  private struct Part {
    /// Its place in the model's block and in ``free``.
    let entry: Int, own: Int
    let rows: Int, columns: Int
    let rowGates: Axis?, columnGates: Axis?
    /// Whether the factor of the norms is on it.
    let isGain: Bool
  }

  private let gates: MaskGates
  private let width: Int
  private let parts: [Part]
  /// The weights before gates, while those with gates lie in the model.
  private let free: ParameterBlock
  private let pool: ThreadPool

  /// - Parameter weights: a model's parameters, in whose place those with gates are put
  package init(_ gates: MaskGates, of model: CLIPConfiguration, in weights: ParameterBlock, on pool: ThreadPool) {
    self.gates = gates
    self.pool = pool
    width = model.vision.width
    var parts: [Part] = [], parameters: [ParameterDescription] = []
    for (index, entry) in weights.entries.enumerated() {
      guard let found = Self.axes(of: entry.name, gates, headWidth: model.vision.headWidth),
        found.rows != nil || found.columns != nil
      else { continue }
      let rows = entry.parameter.shape.first ?? 1
      parts.append(
        Part(
          entry: index, own: parameters.count, rows: rows, columns: entry.count / max(rows, 1), rowGates: found.rows,
          columnGates: found.columns, isGain: found.isGain))
      parameters.append(entry.parameter)
    }
    self.parts = parts
    free = ParameterBlock(zerosFor: parameters)
  }

  /// Which axes of a parameter have gates; nil for one without.
  private static func axes(
    of name: String, _ gates: MaskGates, headWidth: Int
  ) -> (rows: Axis?, columns: Axis?, isGain: Bool)? {
    let channel = gates.channels.isEmpty ? nil : Axis(first: gates.channels.lowerBound, span: 1)
    switch name {
    case "visual.class_embedding", "visual.conv1.weight", "visual.conv1.bias": return (channel, nil, false)
    case "visual.positional_embedding": return (nil, channel, false)
    case "visual.ln_pre.weight", "visual.ln_post.weight": return (channel, nil, true)
    case "visual.ln_pre.bias", "visual.ln_post.bias": return (channel, nil, false)
    default: break
    }
    guard let place = DepthPruning.place(name, in: VisionConfiguration.blockPath),
      gates.heads.indices.contains(place.layer)
    else { return nil }
    switch place.parameter {
    case "attn.out_proj.weight":
      return (channel, Axis(first: gates.heads[place.layer].lowerBound, span: headWidth), false)
    case "mlp.c_proj.weight": return (channel, Axis(first: gates.units[place.layer].lowerBound, span: 1), false)
    case "attn.out_proj.bias", "mlp.c_proj.bias", "ln_1.bias", "ln_2.bias": return (channel, nil, false)
    case "ln_1.weight", "ln_2.weight": return (channel, nil, true)
    default: return nil
    }
  }

  /// The factor of gains: the root of the channels' mean square.
  private func gain(_ values: [Double]) -> Double {
    guard !gates.channels.isEmpty else { return 1 }
    return (gates.channels.reduce(0) { $0 + values[$1] * values[$1] } / Double(width)).squareRoot()
  }

  private static func factors(_ axis: Axis?, _ count: Int, _ values: [Double]) -> [Float] {
    guard let axis else { return [Float](repeating: 1, count: count) }
    return (0..<count).map { Float(values[axis.first + $0 / axis.span]) }
  }

  /// Puts weights times gates in the place of weights.
  /// - Parameter gain: the factor of the norms' gains; nil for the one that goes with all channels being there
  package func close(_ weights: ParameterBlock, _ values: [Double], gain: Double? = nil) {
    let gain = Float(gain ?? self.gain(values))
    pool.forEach(parts.count) { number in
      let part = parts[number]
      let target = weights.start(weights.entries[part.entry]), kept = free.start(free.entries[part.own])
      let columns = Self.factors(part.columnGates, part.columns, values)
      let rows = Self.factors(part.rowGates, part.rows, values)
      var place = 0
      for row in 0..<part.rows {
        let factor = part.isGain ? rows[row] * gain : rows[row]
        for column in 0..<part.columns {
          let weight = target[place]
          kept[place] = weight
          target[place] = weight * (factor * columns[column])
          place += 1
        }
      }
    }
  }

  /// Puts the weights themselves back.
  package func open(_ weights: ParameterBlock) {
    for part in parts {
      weights.start(weights.entries[part.entry]).update(
        from: free.start(free.entries[part.own]), count: part.rows * part.columns)
    }
  }

  /// Makes gradients of the weights themselves out of those of weights times gates.
  /// - Parameter values: the gates that ``close(_:_:gain:)`` was given
  /// - Returns: the gradients of the gates
  package func gradients(_ values: [Double], _ gradients: ParameterBlock) -> [Double] {
    let gain = gain(values)
    var found = [(rows: [Double], columns: [Double], gain: Double)](repeating: ([], [], 0), count: parts.count)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      pool.forEach(parts.count) { found[$0] = sums(parts[$0], values, gain, gradients) }
    }
    var result = [Double](repeating: 0, count: gates.count), gainSlope = 0.0
    for (part, sums) in zip(parts, found) {
      if let axis = part.rowGates {
        for (index, sum) in sums.rows.enumerated() { result[axis.first + index / axis.span] += sum }
      }
      if let axis = part.columnGates {
        for (index, sum) in sums.columns.enumerated() { result[axis.first + index / axis.span] += sum }
      }
      gainSlope += sums.gain
    }
    // d gain / dz = z / (W gain)
    if gain > 0 {
      for index in gates.channels { result[index] += gainSlope * values[index] / (Double(width) * gain) }
    }
    return result
  }

  /// One parameter's share, and its gradient times its gates.
  private func sums(
    _ part: Part, _ values: [Double], _ gain: Double, _ gradients: ParameterBlock
  ) -> (rows: [Double], columns: [Double], gain: Double) {
    let gradient = gradients.start(gradients.entries[part.entry]), weight = free.start(free.entries[part.own])
    let rowFactors = Self.factors(part.rowGates, part.rows, values)
    let columnFactors = Self.factors(part.columnGates, part.columns, values)
    var rows = [Double](repeating: 0, count: part.rows), columns = [Double](repeating: 0, count: part.columns)
    var gainSlope = 0.0, place = 0
    for row in 0..<part.rows {
      let factor = part.isGain ? rowFactors[row] * Float(gain) : rowFactors[row]
      var sum = 0.0
      for column in 0..<part.columns {
        let product = Double(gradient[place]) * Double(weight[place])
        sum += product * Double(columnFactors[column])
        columns[column] += product * Double(factor)
        gradient[place] *= factor * columnFactors[column]
        place += 1
      }
      rows[row] = part.isGain ? sum * gain : sum
      if part.isGain { gainSlope += sum * Double(rowFactors[row]) }
    }
    return (rows, columns, gainSlope)
  }
}
