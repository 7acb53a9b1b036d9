import CLIPCheckpoints
import CLIPCompute
import CLIPDevices
import CLIPFiles
import CLIPModelShapes
import CLIPModels
import CLIPONNX
import CLIPOptimization
import CLIPQuantization
import CLIPRecipes
import CLIPSearch

/// Shapes from all over a search's model space, to be measured with random weights.
struct BenchShapes {
  private let pretrained: String
  private let space: ModelSpace
  private let points: [[Int]]
  private let pool: ThreadPool

  /// - Parameter count: nil for a dozen, or fewer where the space has fewer
  /// - Throws: `InputError` where the recipe has no model space.
  init(_ recipe: String, count: Int?, on pool: ThreadPool) throws {
    // Only the shapes are asked about: the costs that such a recipe names may not be there yet.
    let node = try Recipe.read(Recipe.file(named: recipe), as: .search)
    guard let pretrained = node["pretrained"]?.textValue, let section = node["model-space"] else {
      throw InputError("has no pretrained with a model-space", file: recipe, advice: "name a search's recipe")
    }
    let dense = try ModelDescription.resolve(pretrained).configuration
    let loadable = node["loadable"]?.textValue.flatMap { OtherLibrary(rawValue: $0) }
    self.pretrained = pretrained
    space = try ModelSpace(section, of: dense, loadable: loadable)
    let lattice = try Lattice(space.axes.map(\.sizes.count))
    points = InitialDesign.points(lattice, count: min(count ?? 12, lattice.count), seed: 0)
    self.pool = pool
  }

  var models: [() throws -> BenchModel] {
    points.map { point in
      { try BenchModel(space.shape(point), named: space.shortName(point), on: pool) }
    }
  }

  /// Writes each shape as a folder with both encoders: `shape-01-fp32` and so on.
  /// - Throws: `InputError` for arithmetics that ONNX does not hold, and where a file cannot be written.
  func export(_ precisions: [(name: String, arithmetic: Arithmetic)], to folder: String, _ console: Console) throws {
    if let other = precisions.first(where: { $0.arithmetic != .float32 && $0.arithmetic != .int8 }) {
      throw InputError("--onnx writes fp32 and int8, not \(other.name)")
    }
    let whole = try? LoadedModel(LoadedModel.Request(pretrained: pretrained))
    let tokenizer = try whole?.tokenizer ?? LoadedModel.tokenizer(nil, for: space.dense), count = points.count
    for (number, point) in points.enumerated() {
      let model = try BenchModel(space.shape(point), named: space.shortName(point), on: pool)
      for (name, arithmetic) in precisions {
        guard let floats = try model.encoder(in: .float32, on: pool) as? CLIPModel else { continue }
        let quantized = arithmetic == .int8 ? try model.encoder(in: .int8, on: pool) as? QuantizedModel : nil
        let place = "\(folder)/shape-\(number < 9 ? "0" : "")\(number + 1)-\(name)"
        let onnx = try ONNXFolder(
          floats, quantized: quantized,
          preprocess: whole?.preprocess ?? ModelDescription(configuration: model.configuration).preprocess,
          tokenizer: tokenizer, version: Version.current)
        _ = try AtomicFolder.write(to: place) { try onnx.write(to: $0) }
        console.status("\(place): \(model.name)", isLast: number == count - 1)
      }
    }
    console.clearLine()
    Output.result(
      ["output": .string(folder), "shapes": .integer(count), "files": WrittenFiles(folder: folder).json],
      text: "\(folder): \(count) shapes; on the device: python3 measure-onnx.py \(folder)/* --output costs.csv")
  }
}
