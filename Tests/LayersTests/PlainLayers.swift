import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import Foundation

/// Layers as plain loops in double precision, read off their formulas.
enum PlainLayers {
  typealias Rows = [[Double]]

  static func linear(_ x: Rows, _ weight: [Double], _ bias: [Double]) -> Rows {
    x.map { row in
      bias.indices.map { output in
        row.indices.reduce(bias[output]) { $0 + row[$1] * weight[output * row.count + $1] }
      }
    }
  }

  static func layerNorm(_ x: Rows, _ weight: [Double], _ bias: [Double], _ epsilon: Double) -> Rows {
    x.map { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.indices.map { (row[$0] - mean) / (variance + epsilon).squareRoot() * weight[$0] + bias[$0] }
    }
  }

  static func activate(_ x: Double, _ kind: BlockShape.FeedForward) -> Double {
    switch kind {
    case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .quickGELU: x / (1 + exp(-1.702 * x))
    case .swiGLU: x / (1 + exp(-x))
    }
  }

  /// Queries and keys turned by a token's place; channels (2i, 2i + 1) of a head are a pair.
  static func turned(_ x: [Double], token: Int, headWidth: Int, _ shape: RotaryShape) -> [Double] {
    guard token >= shape.prefix else { return x }
    let place = token - shape.prefix, bands = headWidth / 4
    var result = x
    for first in stride(from: 0, to: x.count, by: 2) {
      let pair = first % headWidth / 2
      let row = place / shape.grid, column = place % shape.grid, isFirst = pair < bands
      let along = Double(shape.offset + (isFirst == shape.startsWithColumns ? column : row))
      let angle =
        along * Double(shape.reference) / Double(shape.grid) / pow(10000, Double(pair % bands) / Double(bands))
      result[first] = x[first] * cos(angle) - x[first + 1] * sin(angle)
      result[first + 1] = x[first + 1] * cos(angle) + x[first] * sin(angle)
    }
    return result
  }
}

/// A block as plain loops, for one sequence.
struct PlainBlock {
  let shape: BlockShape
  /// By the name below the block's path.
  var parameters: [String: [Double]]

  init(_ shape: BlockShape, _ parameters: [String: Tensor]) {
    self.shape = shape
    self.parameters = parameters.mapValues { $0.elements.map(Double.init) }
  }

  private func get(_ name: String) -> [Double] { parameters[name] ?? [] }
  private func linear(_ x: PlainLayers.Rows, _ name: String) -> PlainLayers.Rows {
    PlainLayers.linear(x, get("\(name).weight"), get("\(name).bias"))
  }
  private func norm(_ x: PlainLayers.Rows, _ name: String) -> PlainLayers.Rows {
    PlainLayers.layerNorm(x, get("\(name).weight"), get("\(name).bias"), Double(shape.epsilon))
  }
  private func scaled(_ x: PlainLayers.Rows, _ name: String) -> PlainLayers.Rows {
    guard let scale = parameters["\(name).gamma"] else { return x }
    return x.map { zip($0, scale).map { $0 * $1 } }
  }
  private func sum(_ a: PlainLayers.Rows, _ b: PlainLayers.Rows) -> PlainLayers.Rows {
    zip(a, b).map { zip($0, $1).map { $0 + $1 } }
  }

  /// - Parameter x: `[tokens, width]`
  func callAsFunction(_ x: PlainLayers.Rows) -> PlainLayers.Rows {
    var branch = scaled(linear(attend(norm(x, "ln_1")), "attn.out_proj"), "ls_1")
    let middle = shape.hasLearnedQuery ? branch : sum(x, branch)
    guard shape.hidden > 0 else { return middle }
    branch = scaled(feedForward(norm(middle, "ln_2")), "ls_2")
    return sum(middle, branch)
  }

  func feedForward(_ x: PlainLayers.Rows) -> PlainLayers.Rows {
    var hidden = linear(x, "mlp.c_fc")
    if shape.feedForward == .swiGLU {
      let gate = linear(x, "mlp.c_gate")
      hidden = zip(hidden, gate).map { zip($0, $1).map { $0 * PlainLayers.activate($1, .swiGLU) } }
    } else {
      hidden = hidden.map { $0.map { PlainLayers.activate($0, shape.feedForward) } }
    }
    return linear(shape.hasInnerNorms ? norm(hidden, "mlp.ln_inner") : hidden, "mlp.c_proj")
  }

  /// Up to the output projection.
  func attend(_ x: PlainLayers.Rows) -> PlainLayers.Rows {
    let inner = shape.inner, weight = get("attn.in_proj_weight"), bias = get("attn.in_proj_bias")
    func part(_ x: PlainLayers.Rows, _ index: Int) -> PlainLayers.Rows {
      let rows = index * inner..<(index + 1) * inner
      let width = shape.width
      return PlainLayers.linear(
        x, Array(weight[rows.lowerBound * width..<rows.upperBound * width]), Array(bias[rows]))
    }
    func place(_ rows: PlainLayers.Rows) -> PlainLayers.Rows {
      guard let rotary = shape.rotary else { return rows }
      return rows.enumerated().map {
        PlainLayers.turned($1, token: $0, headWidth: shape.headWidth, rotary)
      }
    }
    let queries = shape.hasLearnedQuery ? part([get("latent")], 0) : place(part(x, 0))
    let keys = place(part(x, 1)), values = part(x, 2)
    let heads = queries.enumerated().map { token, query -> [Double] in
      (0..<shape.heads).flatMap { head -> [Double] in
        let columns = head * shape.headWidth..<(head + 1) * shape.headWidth
        let seen = shape.isCausal ? token + 1 : x.count
        let scores = (0..<seen).map { other in
          columns.reduce(0) { $0 + query[$1] * keys[other][$1] } / Double(shape.headWidth).squareRoot()
        }
        let most = scores.max() ?? 0, weights = scores.map { exp($0 - most) }, total = weights.reduce(0, +)
        return columns.map { column in
          (0..<seen).reduce(0) { $0 + weights[$1] / total * values[$1][column] }
        }
      }
    }
    return shape.hasInnerNorms ? norm(heads, "attn.ln_inner") : heads
  }
}
