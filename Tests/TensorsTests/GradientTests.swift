#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import CLIPCompute
import CLIPTensors
import Testing

/// Every operator's vector-Jacobian product against central differences of a plain double-precision version of its
/// formula: the functional is a fixed random weighting of the outputs.
@Suite("Gradients")
struct GradientTests {
  /// Float arithmetic over sums of up to 65 terms of order one; the differences themselves are good to 1e-9.
  static let tolerance = 3e-5

  private static func random(_ count: Int, _ seed: UInt64) -> [Double] {
    var random = Philox(seed: seed, purpose: .test)
    return (0..<count).map { _ in Double(random.normal()) }
  }

  /// `d f / d x` by central differences.
  private static func differences(_ x: [Double], _ f: ([Double]) -> Double) -> [Double] {
    let step = 1e-5
    return x.indices.map { index in
      var up = x, down = x
      up[index] += step
      down[index] -= step
      return (f(up) - f(down)) / (2 * step)
    }
  }

  private static func expectEqual(
    _ ours: [Float], _ expected: [Double], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let largest = max(expected.map { abs($0) }.max() ?? 0, 1e-3)
    let worst = zip(ours, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(
      ours.count == expected.count && worst <= tolerance * largest, "\(what): \(worst)", sourceLocation: sourceLocation)
  }

  private static func tensor(_ values: [Double], _ rows: Int) -> Tensor {
    Tensor(values.map(Float.init), [rows, values.count / rows])
  }

  private static func zeros(_ shape: Shape) -> FreshTensor {
    let zeros = FreshTensor(shape)
    zeros.matrix.fill(0)
    return zeros
  }

  private static func normalCDF(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

  private static func activated(_ z: Double, _ activation: Activation) -> Double {
    switch activation {
    case .identity: z
    case .gelu: z * normalCDF(z)
    case .geluTanh: 0.5 * z * (1 + tanh((2 / Double.pi).squareRoot() * (z + 0.044715 * z * z * z)))
    case .quickGELU: z / (1 + exp(-1.702 * z))
    }
  }

  @Test(
    "hidden layers: activation, bias and weights", arguments: [(1, 7, 17), (17, 65, 7), (3, 2, 400)],
    [Activation.gelu, .geluTanh, .quickGELU])
  func hidden(size: (Int, Int, Int), activation: Activation) {
    let (rows, inputs, outputs) = size
    let x = Self.random(rows * inputs, 1), w = Self.random(outputs * inputs, 2).map { $0 / Double(inputs).squareRoot() }
    let b = Self.random(outputs, 3), weights = Self.random(rows * outputs, 4)
    func sums(_ w: [Double]) -> [Double] {
      (0..<rows * outputs).map { index in
        (0..<inputs).reduce(0) { $0 + x[index / outputs * inputs + $1] * w[index % outputs * inputs + $1] }
      }
    }
    func functional(_ z: [Double], _ b: [Double]) -> Double {
      z.indices.reduce(0) { $0 + Self.activated(z[$1] + b[$1 % outputs], activation) * weights[$1] }
    }
    let z = sums(w), tz = Self.tensor(z, rows), tb = Self.tensor(b, 1)
    let gradient = FreshTensor(copying: Self.tensor(weights, rows), tz.shape), hidden = FreshTensor(tz.shape)
    let again = FreshTensor(tz.shape), db = Self.zeros([outputs]), dw = Self.zeros([outputs, inputs])
    LinearOperator.deactivate(
      tz, bias: tb, activation, gradient: gradient.matrix, hidden: hidden.matrix, dBias: db.start)
    LinearOperator.activate(tz, bias: tb, activation, into: again.matrix)
    for part in WeightGradientPart.parts(gradient.matrix, Self.tensor(x, rows), into: dw.matrix, in: .float32) {
      part.run()
    }
    Self.expectEqual(gradient.tensor().elements, Self.differences(z) { functional($0, b) }, "dSum")
    Self.expectEqual(db.tensor().elements, Self.differences(b) { functional(z, $0) }, "dBias")
    Self.expectEqual(dw.tensor().elements, Self.differences(w) { functional(sums($0), b) }, "dWeight")
    let plain = z.indices.map { Self.activated(z[$0] + b[$0 % outputs], activation) }
    Self.expectEqual(hidden.tensor().elements, plain, "hidden, again")
    Self.expectEqual(again.tensor().elements, plain, "hidden")
  }

  @Test("layer norm", arguments: [(1, 7), (17, 65), (300, 5)])
  func layerNorm(size: (Int, Int)) {
    let (rows, width) = size
    let x = Self.random(rows * width, 1), weight = Self.random(width, 2), bias = Self.random(width, 3)
    let weights = Self.random(rows * width, 4)
    func functional(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> Double {
      (0..<rows).reduce(0.0) { total, row in
        let values = x[row * width..<(row + 1) * width], mean = values.reduce(0, +) / Double(width)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        return values.enumerated().reduce(total) { sum, item in
          let normalized = (item.element - mean) / (variance + 1e-5).squareRoot()
          return sum + (normalized * weight[item.offset] + bias[item.offset]) * weights[row * width + item.offset]
        }
      }
    }
    let tx = Self.tensor(x, rows), tw = Self.tensor(weight, 1), dy = Self.tensor(weights, rows)
    let results = [1, 3].map { threads -> [[Float]] in
      let dx = Self.zeros(tx.shape), dw = Self.zeros([width]), db = Self.zeros([width])
      LayerNormOperator.backward(
        dy, x: tx, weight: tw, epsilon: 1e-5, dx: dx.matrix, dWeight: dw.start, dBias: db.start,
        lanes: .pooled(ThreadPool(threads: threads)))
      return [dx.tensor().elements, dw.tensor().elements, db.tensor().elements]
    }
    #expect(results[0] == results[1])
    if rows < 100 { Self.expectEqual(results[0][0], Self.differences(x) { functional($0, weight, bias) }, "dx") }
    Self.expectEqual(results[0][1], Self.differences(weight) { functional(x, $0, bias) }, "dWeight")
    Self.expectEqual(results[0][2], Self.differences(bias) { functional(x, weight, $0) }, "dBias")
  }

  @Test("attention, causal or not", arguments: [(1, 1, 1, 4), (2, 7, 3, 5), (1, 17, 2, 8)], [true, false])
  func attention(size: (Int, Int, Int, Int), isCausal: Bool) {
    let (sequences, tokens, heads, headWidth) = size, inner = heads * headWidth, rows = sequences * tokens
    let projected = Self.random(rows * 3 * inner, 1), bias = Self.random(3 * inner, 2)
    let weights = Self.random(rows * inner, 3)
    func functional(_ projected: [Double], _ bias: [Double]) -> Double {
      func at(_ row: Int, _ column: Int) -> Double { projected[row * 3 * inner + column] + bias[column] }
      var total = 0.0
      for sequence in 0..<sequences {
        for head in 0..<heads {
          for query in 0..<tokens {
            let row = sequence * tokens + query, seen = isCausal ? query + 1 : tokens
            let scores = (0..<seen).map { key -> Double in
              let sum = (0..<headWidth).reduce(0.0) {
                $0 + at(row, head * headWidth + $1) * at(sequence * tokens + key, inner + head * headWidth + $1)
              }
              return exp(sum / Double(headWidth).squareRoot())
            }
            let norm = scores.reduce(0, +)
            for channel in 0..<headWidth {
              let column = head * headWidth + channel
              let value = (0..<seen).reduce(0.0) {
                $0 + scores[$1] / norm * at(sequence * tokens + $1, 2 * inner + column)
              }
              total += value * weights[row * inner + column]
            }
          }
        }
      }
      return total
    }
    let extent = AttentionOperator.Extent(
      sequences: sequences, tokens: tokens, heads: heads, headWidth: headWidth, isCausal: isCausal)
    let input = Self.tensor(projected, rows), tb = Self.tensor(bias, 1), upstream = Self.tensor(weights, rows)
    let output = Self.zeros([rows, inner])
    AttentionOperator.forward(
      input, bias: tb, extent, into: output.matrix, lanes: .single, scratch: [Scratch()])
    let value = zip(output.tensor().elements, weights).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    #expect(abs(value - functional(projected, bias)) < 1e-4 * max(1, abs(value)))
    let results = [1, 3].map { threads -> [[Float]] in
      let gradient = Self.zeros(input.shape), dBias = Self.zeros([3 * inner])
      AttentionOperator.backward(
        upstream, projected: input, bias: tb, extent, dProjected: gradient.matrix, dBias: dBias.start,
        lanes: .pooled(ThreadPool(threads: threads)), scratch: (0..<threads).map { _ in Scratch() })
      return [gradient.tensor().elements, dBias.tensor().elements]
    }
    #expect(results[0] == results[1])
    Self.expectEqual(results[0][0], Self.differences(projected) { functional($0, bias) }, "dProjected")
    Self.expectEqual(results[0][1], Self.differences(bias) { functional(projected, $0) }, "dBias")
  }

  @Test("normalization", arguments: [(1, 1), (7, 17), (3, 65)])
  func normalize(size: (Int, Int)) {
    let (rows, width) = size, x = Self.random(rows * width, 1), weights = Self.random(rows * width, 2)
    let tx = Self.tensor(x, rows), dy = Self.tensor(weights, rows), dx = Self.zeros(tx.shape)
    NormalizeOperator.backward(dy, x: tx, dx: dx.matrix)
    let expected = Self.differences(x) { x in
      (0..<rows).reduce(0.0) { total, row in
        let values = x[row * width..<(row + 1) * width], norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.enumerated().reduce(total) { $0 + $1.element / norm * weights[row * width + $1.offset] }
      }
    }
    Self.expectEqual(dx.tensor().elements, expected, "dx")
  }

  @Test("token embeddings: repeated tokens and positions add up")
  func tokenEmbedding() {
    let ids: [Int32] = [2, 0, 2, 2, 1, 0], table = Self.zeros([4, 3]), positions = Self.zeros([5, 3])
    let dx = Tensor((0..<18).map(Float.init), [6, 3])
    TokenEmbeddingOperator.backward(
      dx, ids: ids, tokens: 3, dTable: table.matrix, dPositions: positions.matrix)
    #expect(table.tensor().elements == [18, 20, 22, 12, 13, 14, 15, 18, 21, 0, 0, 0])
    #expect(positions.tensor().elements == [9, 11, 13, 15, 17, 19, 21, 23, 25, 0, 0, 0, 0, 0, 0])
  }
}
