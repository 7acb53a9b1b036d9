import CLIPAccelerators
import ArgumentParser
import CLIPFiles
import CLIPModelShapes
import CLIPUnits

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the built-in model shapes with their parameters and multiply-adds.",
    discussion: """
      open_clip's names have its values; names with "SigLIP" and others whose towers are not open_clip's own are shown \
      where a filter asks for them, with what they are.

      Example: carbonclip models ViT-B --json
      """)

  @Argument(help: "Only models whose name holds this text; capitals do not matter.")
  var filter: String?

  @Flag(help: "Print JSON.")
  var json = false

  private func isMeant(_ name: String) -> Bool { filter.map { name.lowercased().contains($0.lowercased()) } ?? true }

  func run() throws {
    let models = NamedModels.all.filter { isMeant($0.name) }
    let plain = try PlainTransformer.names.filter(isMeant).compactMap { try PlainTransformer(named: $0) }
    let others = NamedModels.unsupported.map { (reason: $0.reason, names: $0.names.filter(isMeant)) }
      .filter { !$0.names.isEmpty }
    if let filter, models.isEmpty, plain.isEmpty, others.isEmpty {
      let known = NamedModels.all.map(\.name) + PlainTransformer.names
      throw NamedModels.unknown(filter, among: known)
    }
    if json {
      Output.document(.array(models.map(Self.json) + plain.map(Self.json)))
      return
    }
    var parts: [String] = []
    if !models.isEmpty { parts.append(Self.table(models)) }
    if !plain.isEmpty {
      parts.append("shapes that estimate prices and nothing runs (docs/accelerators.md)\n\n" + Self.table(plain))
    }
    if filter != nil {
      parts += others.map { "not supported: each of these \($0.reason)\n\n  \($0.names.joined(separator: "\n  "))" }
    } else {
      let count = others.reduce(0) { $0 + $1.names.count }
      parts.append(
        "\(count) more names of open_clip's are not supported; ask for them by name: carbonclip models SigLIP")
    }
    Output.print(parts.joined(separator: "\n\n"))
  }

  private static func json(_ model: NamedModel) -> JSONValue {
    [
      "name": .string(model.name), "parameters": .integer(model.configuration.parameterCount),
      "image_macs": .integer(model.configuration.imageMultiplyAdds),
      "text_macs": .integer(model.configuration.textMultiplyAdds), "config": model.configuration.json(),
    ]
  }

  private static func json(_ model: PlainTransformer) -> JSONValue {
    [
      "name": .string(model.name), "parameters": .integer(model.parameterCount),
      "macs": .integer(model.operations.multiplyAdds), "priced_only": .bool(true),
    ]
  }

  private static func table(_ models: [NamedModel]) -> String {
    var table = Table(
      ["model", "parameters, M", "image, GMACs", "text, GMACs", "shape"], words: [0, 4], least: [3, 2])
    for model in models {
      let shape = model.configuration
      table.add([
        model.name, Figures.significant(Double(shape.parameterCount) / 1e6),
        Figures.significant(Double(shape.imageMultiplyAdds) / 1e9),
        Figures.significant(Double(shape.textMultiplyAdds) / 1e9), model.description,
      ])
    }
    return table.shown
  }

  private static func table(_ models: [PlainTransformer]) -> String {
    var table = Table(["model", "parameters, M", "GMACs of", ""], words: [0, 3])
    for model in models {
      table.add([
        model.name, Figures.significant(Double(model.parameterCount) / 1e6),
        Figures.significant(Double(model.operations.multiplyAdds) / 1e9), model.inference,
      ])
    }
    return table.shown
  }
}
