import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPModels
import CLIPQuantization
import CLIPTensors
import Testing

@Suite("Models in few bits")
struct FewBitsTests {
  @Test(
    "every arithmetic in integers and simulated in floats: the same bits",
    arguments: [
      "int8", "int8-tensor", "int8-g16", "w4a8-g16", "w4a8-channel", "w2a8-g32", "w3a5-g16", "w8a16", "w4a16-g32",
      "w4a4-g16-acc16", "int8-acc20", "int8-softmax", "int8-gelu", "int8-norms", "int8-residual", "int8-only",
      "w4a8-g16-only", "w8a16-only",
    ])
  func simulation(name: String) throws {
    let pool = ThreadPool(threads: 2), pairs = QuantizedModelTests.pairs(8)
    // Every other arithmetic meets another activation function and pooling.
    let isOther = name.count % 2 == 0
    let configuration = try QuantizedModelTests.configuration(
      isOther ? "\"quick_gelu\": true," : "", vision: isOther ? ", \"pool_type\": \"avg\"" : "")
    let model = try QuantizedModelTests.model(configuration)
    let integers = try QuantizedModel(
      model, images: pairs.images, ids: pairs.ids, arithmetic: Arithmetic(parsing: name), on: pool)
    #expect("\(integers.arithmetic)" == name)
    var floats = integers
    floats.simulates = true
    let images = pairs.images.rows(0..<5), ids = Array(pairs.ids[0..<5 * 12])
    let seen = try integers.imageFeatures(images, on: pool), read = try integers.textFeatures(ids, on: pool)
    #expect(try floats.imageFeatures(images, on: pool).elements == seen.elements)
    #expect(try floats.textFeatures(ids, on: pool).elements == read.elements)
    // A sequence alone, spread over threads: the same bits again.
    let last = try integers.imageFeatures(images.rows(4..<5), on: ThreadPool(threads: 3)).elements
    let isSame = last == Array(seen.elements.suffix(24))
    #expect(isSame)
    // They point where the floats' do, the better the more bits there are.
    let products = zip(try model.imageFeatures(images, on: pool).elements, seen.elements)
    let least = products.reduce(0) { $0 + Double($1.0) * Double($1.1) } / 5
    #expect(least > (name.hasPrefix("w2") ? 0.6 : name.hasPrefix("w3") || name.contains("a4") ? 0.8 : 0.95), "\(least)")
  }

  @Test("more bits come nearer: w8a16, int8, w4a8, w2a8")
  func order() throws {
    let pool = ThreadPool(threads: 2), pairs = QuantizedModelTests.pairs(12)
    let model = try QuantizedModelTests.model(QuantizedModelTests.configuration())
    let floats = try model.imageFeatures(pairs.images, on: pool).elements
    let errors = try ["w8a16", "int8", "w4a8-g16", "w2a8-g16"].map { name -> Double in
      let rounded = try QuantizedModel(
        model, images: pairs.images, ids: pairs.ids, arithmetic: Arithmetic(parsing: name), rounding: .nearest, on: pool
      )
      let features = try rounded.imageFeatures(pairs.images, on: pool).elements
      return zip(floats, features).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    #expect(errors == errors.sorted(), "\(errors)")
    #expect(errors[0] > 0)
  }

  /// Patches of pictures, `[3 * 8 * 8]` each.
  private static func patches(_ images: Tensor) -> [[Float]] {
    let values = images.elements
    return (0..<images.shape[0]).flatMap { image in
      (0..<16).map { patch in
        (0..<3 * 64).map { index in
          let row = patch / 4 * 8 + index % 64 / 8, column = patch % 4 * 8 + index % 8
          return values[((image * 3 + index / 64) * 32 + row) * 32 + column]
        }
      }
    }
  }

  @Test("compensated rounding lowers the error of a layer's outputs, by group and by channel", arguments: [2, 4, 8])
  func compensation(bits: Int) throws {
    let pool = ThreadPool(threads: 2), pairs = QuantizedModelTests.pairs(24)
    // Smooth pictures: neighboring pixels go together, as they do in any picture.
    var smooth = pairs.images.elements
    for index in smooth.indices where index % 32 != 0 { smooth[index] = 0.9 * smooth[index - 1] + 0.1 * smooth[index] }
    let images = Tensor(smooth, pairs.images.shape), patches = Self.patches(images)
    let model = try QuantizedModelTests.model(QuantizedModelTests.configuration())
    let wanted = model.vision.patchWeight.elements, inputs = 3 * 64
    for scales in [Arithmetic.Scales.channel, .group(32)] {
      func error(_ rounding: WeightRounding) throws -> Double {
        let rounded = try QuantizedModel(
          model, images: images, ids: pairs.ids, arithmetic: Arithmetic(weights: bits, activations: 8, scales: scales),
          rounding: rounding, on: pool)
        let layer = rounded.layer(at: "visual.conv1"), numbers = layer.grid.elements
        #expect(numbers.allSatisfy { abs($0) <= Float(Arithmetic.most(bits)) && $0 == $0.rounded() })
        #expect(layer.steps.count == (scales == .channel ? 1 : 6) && layer.steps[0].count == 32)
        var sum = 0.0
        for output in 0..<32 {
          let differences = (0..<inputs).map { input in
            let step = layer.steps[input / layer.group][output]
            return Double(numbers[output * inputs + input] * step - wanted[output * inputs + input])
          }
          for patch in patches {
            let difference = zip(differences, patch).reduce(0) { $0 + $1.0 * Double($1.1) }
            sum += difference * difference
          }
        }
        return sum
      }
      let nearest = try error(.nearest), compensated = try error(.compensated)
      #expect(compensated < 0.8 * nearest, "\(scales): \(compensated) of \(nearest)")
    }
  }

  @Test("compensated weights and biases are the same bits on any number of threads")
  func determinism() throws {
    let pairs = QuantizedModelTests.pairs(20),
      model = try QuantizedModelTests.model(QuantizedModelTests.configuration())
    let features = try [1, 3].map { threads in
      try QuantizedModel(
        model, images: pairs.images, ids: pairs.ids, arithmetic: Arithmetic(parsing: "w4a8-g16"),
        on: ThreadPool(threads: threads)
      ).imageFeatures(pairs.images, on: ThreadPool(threads: 2)).elements
    }
    let isSame = features[0] == features[1]
    #expect(isSame)
  }

  @Test("floats are no arithmetic of whole numbers, and norms inside branches have no unit")
  func refusals() throws {
    let pairs = QuantizedModelTests.pairs(8), pool = ThreadPool(threads: 1)
    let model = try QuantizedModelTests.model(QuantizedModelTests.configuration())
    #expect(throws: InputError.self) {
      _ = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, arithmetic: .float32, on: pool)
    }
    let gated = try QuantizedModelTests.model(
      QuantizedModelTests.configuration(vision: ", \"swiglu\": true, \"inner_norms\": true"))
    let error = try #require(throws: InputError.self) {
      _ = try QuantizedModel(
        gated, images: pairs.images, ids: pairs.ids, arithmetic: Arithmetic(parsing: "int8-only"), on: pool)
    }
    #expect(error.description.contains("norms inside branches"))
    // Gates have one.
    let units = try QuantizedModel(
      gated, images: pairs.images, ids: pairs.ids, arithmetic: Arithmetic(parsing: "int8-softmax-gelu-residual"),
      on: pool)
    let isFinite = try units.imageFeatures(pairs.images, on: pool).elements.allSatisfy(\.isFinite)
    #expect(isFinite)
  }
}
