internal import CCLIPVectorKernels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// A tower's steps between products where they are carried out in whole numbers: by what steps their inputs of 16 bits are
/// rounded. Where an arithmetic leaves them to floats they do nothing.
///
/// What passes between them is multiplied by factors as everywhere: a number of 24 bits and a shift.
struct IntegerUnits: Sendable {
  /// Bits of the residual stream and of what activation functions read.
  static let bits = 16

  let steps: Set<Arithmetic.Step>
  /// Where the stream is looked at; nil where nothing asks for its range.
  private let site: Int?
  /// What a step of the stream is worth, a power of two: so sums need no rounding.
  private(set) var streamStep: Float = 1

  init(_ arithmetic: Arithmetic, at path: String, _ sites: inout SiteList) {
    steps = arithmetic.integerSteps
    let isAsked = steps.contains(.residual) || steps.contains(.norms)
    site = isAsked ? sites.add("\(path).stream", .between) : nil
  }

  mutating func prepare(_ ranges: [Float]) {
    guard let site else { return }
    streamStep = 1
    while streamStep < ranges[site], streamStep < 0x1p60 { streamStep *= 2 }
    while streamStep / 2 >= ranges[site], streamStep > 0x1p-60 { streamStep /= 2 }
  }

  /// Looks at the stream, or rounds it where it is whole numbers.
  func settle(_ stream: MatrixView, _ context: PassContext) {
    guard let site else { return }
    if let observer = context.observer { return observer.record(site, stream) }
    guard steps.contains(.residual) else { return }
    for row in 0..<stream.rows {
      iu_round_stream(stream.start + row * stream.stride, nil, stream.columns, streamStep)
    }
  }

  /// Adds what a branch computed, in whole numbers where the stream is.
  func add(_ branch: MatrixView, to stream: MatrixView, _ context: PassContext) {
    guard context.observer == nil, steps.contains(.residual) else {
      RowOperator.add(branch, to: stream)
      if let site, let observer = context.observer { observer.record(site, stream) }
      return
    }
    for row in 0..<stream.rows {
      iu_round_stream(
        stream.start + row * stream.stride, branch.start + row * branch.stride, stream.columns, streamStep)
    }
  }

  /// A norm over the stream.
  func normalize(_ x: MatrixView, _ norm: LayerNorm, into y: MatrixView, _ context: PassContext) {
    guard context.observer == nil, steps.contains(.norms) else { return norm.apply(x, into: y, lanes: context.lanes) }
    precondition(x.stride == x.columns && y.stride == y.columns, "layer norm works on rows that touch")
    norm.weight.withUnsafeElements { weight in
      norm.bias.withUnsafeElements { bias in
        iu_layer_norm(
          x.start, x.rows, x.columns, Double(streamStep), Double(norm.epsilon), weight.baseAddress, bias.baseAddress,
          y.start)
      }
    }
  }

  /// The activation function of a hidden layer in whole numbers, its bias added before; nil where there is none.
  static func kind(_ activation: Activation) -> iu_activation {
    switch activation {
    case .gelu, .geluTanh, .identity: IU_GELU
    case .quickGELU: IU_QUICK_GELU
    }
  }
}
