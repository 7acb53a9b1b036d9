import Accelerators
import ArgumentParser
import Evaluation
import Files
import ModelShapes

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the built-in model shapes with their parameters and multiply-adds.",
    discussion: "Example: carbonclip models --json")

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if json {
      let models = NamedModels.all.map { model -> JSONValue in
        [
          "name": .string(model.name), "parameters": .integer(model.configuration.parameterCount),
          "image_macs": .integer(model.configuration.imageMultiplyAdds),
          "text_macs": .integer(model.configuration.textMultiplyAdds), "config": model.configuration.json(),
        ]
      }
      let plain = try PlainTransformer.names.compactMap { try PlainTransformer(named: $0) }.map { model -> JSONValue in
        [
          "name": .string(model.name), "parameters": .integer(model.parameterCount),
          "macs": .integer(model.operations.multiplyAdds), "priced_only": .bool(true),
        ]
      }
      print(JSONValue.array(models + plain).text(indentation: 2))
      return
    }
    var table = TextTable(["model", "parameters, M", "image, GMACs", "text, GMACs", "shape"], rightAligned: [1, 2, 3])
    for model in NamedModels.all {
      let shape = model.configuration
      table.add([
        model.name, Figures.significant(Double(shape.parameterCount) / 1e6),
        Figures.significant(Double(shape.imageMultiplyAdds) / 1e9),
        Figures.significant(Double(shape.textMultiplyAdds) / 1e9), model.description,
      ])
    }
    print(table.text + "\n\nshapes that estimate prices and nothing runs (docs/accelerators.md)\n")
    var plain = TextTable(["model", "parameters, M", "GMACs of", ""], rightAligned: [1, 2])
    for model in try PlainTransformer.names.compactMap({ try PlainTransformer(named: $0) }) {
      plain.add([
        model.name, Figures.significant(Double(model.parameterCount) / 1e6),
        Figures.significant(Double(model.operations.multiplyAdds) / 1e9), model.inference,
      ])
    }
    print(plain.text)
  }
}
