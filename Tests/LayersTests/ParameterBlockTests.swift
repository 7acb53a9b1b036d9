import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import Testing

@Suite("Blocks of parameters")
struct ParameterBlockTests {
  private let list = [
    ParameterDescription(name: "a", shape: [3, 5], kind: .matrix),
    ParameterDescription(name: "b", shape: [], kind: .logitScale),
    ParameterDescription(name: "c", shape: [2, 3, 2, 2], kind: .patchConvolution),
  ]

  @Test("a parameter's gradient lies in the gradients' block where the parameter lies in its own")
  func beside() throws {
    let weights = ParameterBlock(zerosFor: list), gradients = ParameterBlock(zerosFor: list)
    for (number, parameter) in list.enumerated() {
      let weight = try weights.parameter(parameter.name, Shape(parameter.shape)), sum = gradients.memory(of: weight)
      #expect(
        sum.rows * sum.columns == parameter.count && sum.rows == (parameter.shape.count < 2 ? 1 : parameter.shape[0]))
      sum.fill(Float(number + 1))
    }
    for (number, parameter) in list.enumerated() {
      #expect(gradients[parameter.name]?.elements == Array(repeating: Float(number + 1), count: parameter.count))
      #expect(weights[parameter.name]?.elements == Array(repeating: 0, count: parameter.count))
    }
    weights.memory(of: try weights.parameter("b", [])).start.pointee = 7
    #expect(weights["b"]?.scalar == 7)
  }

  @Test("a parameter that is shown follows what is written to its block; a copy that was written does not")
  func live() throws {
    let weights = ParameterBlock(zerosFor: list), shown = try weights.parameter("a", [3, 5])
    var own = shown
    own.withUnsafeMutableElements { $0[0] = 5 }
    weights.memory(of: shown).fill(2)
    #expect(shown.elements.allSatisfy { $0 == 2 } && own.elements == [5] + Array(repeating: 0, count: 14))
  }

  @Test("no gradient is written for a parameter that lies elsewhere")
  func elsewhere() async {
    await #expect(processExitsWith: .failure) {
      let block = ParameterBlock(zerosFor: [ParameterDescription(name: "a", shape: [3, 5], kind: .matrix)])
      block.memory(of: Tensor(zeros: [3, 5])).fill(1)
    }
  }
}
