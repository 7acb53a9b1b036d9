import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import Testing

@Suite("Shapes that other libraries hold")
struct LoadableTests {
  private static func refusal(
    _ sample: PruningSample, _ library: OtherLibrary = .openCLIP, _ change: (inout ShapeRequest) -> Void = { _ in }
  ) throws -> String {
    var request = ShapeRequest()
    change(&request)
    var pruner = try sample.pruner("magnitude")
    pruner.loadable = library
    do {
      _ = try pruner.run(request, calibration: sample.calibration)
      return "accepted"
    } catch let error as InputError { return error.description }
  }

  @Test("a width brings its heads, heads bring their width", arguments: OtherLibrary.allCases)
  func completion(library: OtherLibrary) throws {
    let sample = try PruningSample()
    var pruner = try sample.pruner("magnitude")
    pruner.loadable = library
    var request = ShapeRequest()
    request.vision.width = 16
    request.text.heads = [1]
    request.text.mlp = [20]
    let shape = try pruner.run(request, calibration: sample.calibration).plan.configuration
    #expect(shape.vision.headsPerLayer == [2, 2, 2] && shape.vision.headWidth == 8)
    #expect(shape.text.width == 8 && shape.text.headsPerLayer == [1, 1] && shape.text.mlpWidth == [20, 20])
    #expect(shape.isLoadable(by: library))
  }

  @Test("a model whose layers differ is cut to the largest shape that is held")
  func uneven() throws {
    let sample = try PruningSample(.uneven)
    #expect(!sample.configuration.isLoadable(by: .openCLIP))
    var pruner = try sample.pruner("magnitude")
    pruner.loadable = .openCLIP
    let shape = try pruner.run(ShapeRequest(), calibration: sample.calibration).plan.configuration
    #expect(shape.isLoadable(by: .openCLIP) && shape.isLoadable(by: .huggingFace))
    #expect(
      shape.vision.headsPerLayer == [1, 1, 1] && shape.vision.mlpWidth == [24, 24, 24] && shape.vision.width == 8)
    #expect(shape.text.headsPerLayer == [1, 1] && shape.text.width == 8)
  }

  @Test("what no library has keys for is refused in one line")
  func refused() throws {
    let sample = try PruningSample()
    let cases = [
      (
        try Self.refusal(sample) { $0.vision.width = 20 },
        "--loadable open_clip: --vision-width must be a multiple of a head's 8 channels, found 20"
      ),
      (
        try Self.refusal(sample) { $0.vision.heads = [1, 2, 3] },
        "--loadable open_clip: --vision-heads must be one number for all layers"
      ),
      (
        try Self.refusal(sample, .huggingFace) { $0.text.mlp = [8, 16] },
        "--loadable hf: --text-mlp must be one number for all layers"
      ),
      (
        try Self.refusal(sample) {
          $0.vision.heads = [2]
          $0.vision.width = 24
        }, "--loadable open_clip: 2 heads of 8 fill a --vision-width of 16, not of 24"
      ),
      (
        try Self.refusal(try PruningSample(.eva)),
        "open_clip cannot hold this model, whatever its sizes: rotary positions outside timm's own towers; "
          + "leave out --loadable"
      ),
      (
        try Self.refusal(try PruningSample(.noPreNorm), .huggingFace),
        "transformers cannot hold this model, whatever its sizes: a vision tower without ln_pre; leave out --loadable"
      ),
    ]
    for (found, expected) in cases { #expect(found == expected) }
  }

  /// What the curves say that a tower of some heads and hidden units loses.
  private static func loss(_ curves: JSONValue?, heads: Int, headWidth: Int, hidden: Int) -> Double? {
    func at(_ curve: JSONValue, _ size: Int) -> Double? {
      let points = (curve.arrayValue ?? []).compactMap { point -> (size: Int, loss: Double)? in
        guard let pair = point.arrayValue, let size = pair[0].intValue, let loss = pair[1].doubleValue else {
          return nil
        }
        return (size, loss)
      }
      guard let last = points.last, size >= last.size else { return nil }
      for (upper, lower) in zip(points, points.dropFirst()) where size >= lower.size {
        return upper.loss + (lower.loss - upper.loss) * Double(upper.size - size) / Double(upper.size - lower.size)
      }
      return last.loss
    }
    guard let width = curves?["width"], var sum = at(width, heads * headWidth) else { return nil }
    for curve in curves?["heads"]?.arrayValue ?? [] {
      guard let loss = at(curve, heads) else { return nil }
      sum += loss
    }
    for curve in curves?["mlp"]?.arrayValue ?? [] {
      guard let loss = at(curve, hidden) else { return nil }
      sum += loss
    }
    return sum
  }

  @Test(
    "a budget is spent as well as any shape that is held could", arguments: [Budget.Kind.macs, .imageMacs, .parameters])
  func budget(kind: Budget.Kind) throws {
    let sample = try PruningSample(pairs: 48), dense = sample.configuration
    let limit = kind.cost(dense) * 6 / 10
    var pruner = try sample.pruner("surgeon")
    pruner.loadable = .openCLIP
    let result = try pruner.run(ShapeRequest(), budget: Budget(kind, limit: limit), calibration: sample.calibration)
    let shape = result.plan.configuration, curves = JSONValue.object(try #require(result.sensitivity).json)
    #expect(shape.isLoadable(by: .openCLIP) && shape.isLoadable(by: .huggingFace) && kind.cost(shape) <= limit)
    let vision = try #require(
      Self.loss(curves["vision"], heads: shape.vision.heads, headWidth: 8, hidden: shape.vision.mlpWidth[0]))
    let text = try #require(
      Self.loss(curves["text"], heads: shape.text.heads, headWidth: 8, hidden: shape.text.mlpWidth[0]))
    var seen = 0
    for visionHeads in 1...3 {
      for visionUnits in 1...40 {
        guard let image = Self.loss(curves["vision"], heads: visionHeads, headWidth: 8, hidden: visionUnits),
          visionUnits % 2 == 0
        else { continue }
        for textHeads in 1...2 {
          for textUnits in stride(from: 2, through: 32, by: 2) {
            var other = dense
            other.vision.width = 8 * visionHeads
            other.vision.headsPerLayer = [visionHeads, visionHeads, visionHeads]
            other.vision.mlpWidth = [visionUnits, visionUnits, visionUnits]
            other.text.width = 8 * textHeads
            other.text.headsPerLayer = [textHeads, textHeads]
            other.text.mlpWidth = [textUnits, textUnits]
            guard kind.cost(other) <= limit,
              let own = Self.loss(curves["text"], heads: textHeads, headWidth: 8, hidden: textUnits)
            else { continue }
            seen += 1
            #expect(image + own >= vision + text - 1e-9)
          }
        }
      }
    }
    #expect(seen > 50)
    // The whole model is no farther from itself than anything else, and the free shape is not bound.
    #expect(abs(try pruner.divergence(of: pruner.model, on: sample.calibration)) < 1e-6)
    #expect(try pruner.divergence(of: result.model, on: sample.calibration) > 0)
    #expect(throws: InputError.self) {
      try pruner.run(ShapeRequest(), budget: Budget(kind, limit: 10), calibration: sample.calibration)
    }
  }
}
