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
      print(JSONValue.array(models).text(indentation: 2))
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
    print(table.text)
  }
}
