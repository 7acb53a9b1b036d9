package import CLIPCompute
package import CLIPLayers
package import CLIPModelShapes
package import CLIPTensors

/// A tower's end: how the stream becomes features, and the way back. ``TowerEnding`` says in which order.
package protocol ReadTower {
  associatedtype Configuration: TowerConfiguration
  var configuration: Configuration { get }
  /// The norm after the last block.
  var lastNorm: LayerNorm { get }
  /// Tokens that a mean leaves out.
  var prefix: Int { get }
  /// `[width, embed]`, or `[embed, width]` when there is a bias; nil where the tower ends without one
  var projection: Tensor? { get }
  /// `[embed]`, or nil
  var projectionBias: Tensor? { get }
  /// The projection laid out for products, where it has been.
  var packedProjection: PackedMatrix? { get }
}

extension ReadTower {
  /// The rows that the projection reads: `[sequences, width]`.
  ///
  /// - Parameters:
  ///   - output: the stream after the last block; all tokens, or one row a sequence where one is read
  ///   - positions: the token that is read of each sequence, needed where all tokens are given and one is read
  ///   - observe: shown the rows behind the norm
  package func pooled(
    _ output: MatrixView, sequences: Int, _ workspace: Workspace, positions: [Int] = [],
    observe: ((MatrixView) -> Void)? = nil
  ) -> MatrixView {
    var rows = output
    for step in configuration.ending.steps {
      let isPooled = rows.rows == sequences
      switch step {
      case .norm:
        let normalized = workspace.matrix(isPooled ? .pooled : .normalized, rows: rows.rows, columns: rows.columns)
        lastNorm.apply(rows, into: normalized, lanes: isPooled ? .single : workspace.lanes)
        rows = normalized
        observe?(rows)
      case .mean:
        let means = workspace.matrix(.pooled, rows: sequences, columns: rows.columns)
        mean(rows, into: means)
        rows = means
      }
    }
    guard configuration.ending.rows == .oneToken, rows.rows != sequences else { return rows }
    let read = workspace.matrix(.pooled, rows: sequences, columns: rows.columns), tokens = rows.rows / max(1, sequences)
    RowOperator.gather(rows, rows: positions.enumerated().map { $0 * tokens + $1 }, into: read)
    return read
  }

  private func mean(_ rows: MatrixView, into means: MatrixView) {
    let tokens = rows.rows / max(1, means.rows)
    for sequence in 0..<means.rows {
      RowOperator.mean(
        rows.rows(sequence * tokens + prefix..<(sequence + 1) * tokens), into: means.start + sequence * rows.columns)
    }
  }

  /// Features of pooled rows, through the projection where there is one.
  package func project(_ pooled: some Matrix, into features: MatrixView) {
    guard let projection else {
      features.set(pooled)
      return
    }
    if let projectionBias {
      LinearOperator.forward(
        pooled, weight: projection, packed: packedProjection, bias: projectionBias, into: features,
        lanes: .single(packedProjection?.arithmetic ?? .float32))
    } else if let packedProjection {
      packedProjection.multiply(pooled.reading, columns: 0..<packedProjection.outputs, into: features)
    } else {
      multiply(pooled, projection, into: features)
    }
  }

  /// The vector-Jacobian product of ``pooled(_:sequences:_:positions:observe:)`` and ``project(_:into:)``.
  ///
  /// - Parameters:
  ///   - output: `[asking, width]`
  ///   - dFeatures: `[sequences, embed]`
  ///   - dOutput: `[asking, width]`, written
  ///   - gradients: beside the tower's parameters; added to
  package func readBackward(
    _ output: MatrixView, dFeatures: MatrixView, into dOutput: MatrixView, gradients: ParameterBlock,
    _ workspace: Workspace
  ) {
    let sequences = dFeatures.rows, width = output.columns, steps = configuration.ending.steps
    var gradient = projectBackward(output, dFeatures, gradients: gradients, workspace)
    for (index, step) in steps.enumerated().reversed() {
      let isFirst = index == 0
      switch step {
      case .norm:
        // What a norm after a mean took in is computed again.
        var input = output
        if !isFirst {
          input = workspace.matrix(.attended, rows: sequences, columns: width)
          mean(output, into: input)
        }
        let dx = isFirst ? dOutput : workspace.matrix(.queries, rows: sequences, columns: width)
        LayerNormOperator.backward(
          gradient, x: input, weight: lastNorm.weight, epsilon: lastNorm.epsilon, residual: nil, dx: dx,
          dWeight: gradients.memory(of: lastNorm.weight).start, dBias: gradients.memory(of: lastNorm.bias).start)
        gradient = dx
      case .mean:
        let rows = isFirst ? dOutput : workspace.matrix(.normalized, rows: output.rows, columns: width)
        spread(gradient, tokens: output.rows / sequences, into: rows)
        gradient = rows
      }
    }
    if steps.isEmpty { dOutput.set(gradient) }
  }

  /// The gradient of the pooled rows.
  private func projectBackward(
    _ output: MatrixView, _ dFeatures: MatrixView, gradients: ParameterBlock, _ workspace: Workspace
  ) -> MatrixView {
    guard let projection else { return dFeatures }
    let pooled = pooled(output, sequences: dFeatures.rows, workspace), dWeight = gradients.memory(of: projection)
    let operand = workspace.operand(pooled.reading, .projection)
    let dPooled = workspace.matrix(.branch, rows: dFeatures.rows, columns: output.columns)
    if let projectionBias {
      multiply(dFeatures, transposingA: true, operand, into: dWeight, beta: 1)
      RowOperator.addColumnSums(of: dFeatures, to: gradients.memory(of: projectionBias).start)
      multiply(dFeatures, projection, into: dPooled)
    } else {
      multiply(operand, transposingA: true, dFeatures, into: dWeight, beta: 1)
      multiply(dFeatures, projection, transposingB: true, into: dPooled)
    }
    workspace.lanes.rounding?.cut(dPooled, of: pooled, .projection)
    return dPooled
  }

  /// The vector-Jacobian product of the mean.
  private func spread(_ dMeans: MatrixView, tokens: Int, into rows: MatrixView) {
    let share = 1 / Float(tokens - prefix), width = rows.columns
    for row in 0..<rows.rows {
      let target = rows.start + row * width, source = dMeans.start + row / tokens * width
      for column in 0..<width { target[column] = row % tokens < prefix ? 0 : source[column] * share }
    }
  }
}
