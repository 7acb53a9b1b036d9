internal import CLIPSystem

/// Cross-entropy of rows of logits against distributions. Sums are kept in double precision.
///
/// For both ways, with `p` the teacher's and `q` the student's softmax over each row (image to text) and over each column
/// (text to image):
///
///     loss = (mean_i Σ_j -p log q over row i + mean_j Σ_i -p log q over column j) / 2
///
/// Source: the soft part of open_clip's `DistillClipLoss`; TinyCLIP's affinity mimicking (arXiv:2309.12314, section
/// 3.1) and CLIP-KD's contrastive relational distillation (arXiv:2307.12732, section 3.2) are the same sums.
public enum SoftCrossEntropyOperator {
  /// A loss, the least it can be (the teacher's own entropy), and its gradient with respect to the student's logits.
  public struct Result: Sendable {
    /// The loss, in nats.
    public let value: Double
    /// The least it can be, in nats; 0 for targets that are certain.
    public let entropy: Double
    /// `[batch, batch]`, as the student's logits.
    public let gradient: Tensor
  }

  /// - Parameter student, teacher: `[batch, batch]`
  /// - Throws: ``ShapeError`` when the two differ in shape.
  public static func bothWays(student: Tensor, teacher: Tensor) throws -> Result {
    guard student.shape == teacher.shape, student.shape.rank == 2, student.count > 0 else {
      throw ShapeError("soft cross-entropy", expected: student.shape, found: teacher.shape)
    }
    let rows = student.shape[0], columns = student.shape[1]
    var value = 0.0, entropy = 0.0
    var gradient = [Double](repeating: 0, count: student.count)
    student.withUnsafeElements { q in
      teacher.withUnsafeElements { p in
        for row in 0..<rows {
          let line = Line(first: row * columns, stride: 1, count: columns)
          add(line, q, p, weight: 0.5 / Double(rows), &value, &entropy, &gradient)
        }
        for column in 0..<columns {
          let line = Line(first: column, stride: columns, count: rows)
          add(line, q, p, weight: 0.5 / Double(columns), &value, &entropy, &gradient)
        }
      }
    }
    return Result(value: value, entropy: entropy, gradient: Tensor(gradient.map(Float.init), student.shape))
  }

  /// Some rows of both ways: what one process adds to the loss of a batch that several share.
  ///
  /// - Parameter student, teacher: `[rows, batch]`: images with all texts, or texts with all images
  /// - Returns: half the sum over the rows, divided by `batch`; over all rows of both ways it is the loss
  /// - Throws: ``ShapeError`` when the two differ in shape.
  public static func oneWay(student: Tensor, teacher: Tensor) throws -> Result {
    guard student.shape == teacher.shape, student.shape.rank == 2, student.count > 0 else {
      throw ShapeError("soft cross-entropy", expected: student.shape, found: teacher.shape)
    }
    let rows = student.shape[0], columns = student.shape[1]
    var value = 0.0, entropy = 0.0
    var gradient = [Double](repeating: 0, count: student.count)
    student.withUnsafeElements { q in
      teacher.withUnsafeElements { p in
        for row in 0..<rows {
          let line = Line(first: row * columns, stride: 1, count: columns)
          add(line, q, p, weight: 0.5 / Double(columns), &value, &entropy, &gradient)
        }
      }
    }
    return Result(value: value, entropy: entropy, gradient: Tensor(gradient.map(Float.init), student.shape))
  }

  /// Each row against its own column, summed and divided by the batch: the mean where these are all rows.
  ///
  /// - Parameters:
  ///   - logits: `[rows, batch]`
  ///   - first: the first row's own column, where these are some of a batch's rows; nil where they are all
  /// - Throws: ``ShapeError`` when there are not as many columns as rows, of all of them; else fewer.
  public static func rows(_ logits: Tensor, first: Int? = nil) throws -> Result {
    guard let first = ownColumns(logits, first) else {
      throw ShapeError(
        "contrastive loss", expected: first == nil ? "[batch, batch]" : "[rows, batch]", found: logits.shape)
    }
    let rows = logits.shape[0], batch = logits.shape[1]
    var value = 0.0
    var gradient = [Float](repeating: 0, count: logits.count)
    logits.withUnsafeElements { q in
      for row in 0..<rows {
        let line = Line(first: row * batch, stride: 1, count: batch), total = line.logSumExp(q)
        value += (total - Double(q[row * batch + first + row])) / Double(batch)
        for column in 0..<batch {
          let share = exp(Double(q[row * batch + column]) - total) - (column == first + row ? 1 : 0)
          gradient[row * batch + column] = Float(share / Double(batch))
        }
      }
    }
    return Result(value: value, entropy: 0, gradient: Tensor(gradient, logits.shape))
  }

  /// The first row's own column; nil where rows do not fit into the batch.
  static func ownColumns(_ logits: Tensor, _ first: Int?) -> Int? {
    guard logits.shape.rank == 2, logits.count > 0 else { return nil }
    let rows = logits.shape[0], batch = logits.shape[1]
    guard let first else { return rows == batch ? 0 : nil }
    return first >= 0 && first + rows <= batch ? first : nil
  }

  /// A row or a column.
  private struct Line {
    let first: Int
    let stride: Int
    let count: Int

    subscript(_ index: Int) -> Int { first + index * stride }

    /// log Σ e^x, computed from the largest term down so that nothing overflows.
    func logSumExp(_ values: UnsafeBufferPointer<Float>) -> Double {
      var largest = -Double.infinity, sum = 0.0
      for index in 0..<count { largest = max(largest, Double(values[self[index]])) }
      for index in 0..<count { sum += exp(Double(values[self[index]]) - largest) }
      return largest + log(sum)
    }
  }

  private static func add(
    _ line: Line, _ q: UnsafeBufferPointer<Float>, _ p: UnsafeBufferPointer<Float>, weight: Double,
    _ value: inout Double, _ entropy: inout Double, _ gradient: inout [Double]
  ) {
    let studentTotal = line.logSumExp(q), teacherTotal = line.logSumExp(p)
    for index in 0..<line.count {
      let place = line[index]
      let logP = Double(p[place]) - teacherTotal, logQ = Double(q[place]) - studentTotal
      let share = exp(logP)
      value -= weight * share * logQ
      entropy -= weight * share * logP
      gradient[place] += weight * (exp(logQ) - share)
    }
  }
}
