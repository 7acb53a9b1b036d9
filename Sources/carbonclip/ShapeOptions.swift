import ArgumentParser
import CLIPFiles
import CLIPPruning

/// The shape that is wanted.
struct ShapeOptions: ParsableArguments {
  @Option(help: "Rows and columns of a picture, in pixels: fewer patches, whose places are interpolated.")
  var imageSize: Int?
  @Option(
    help: "Rows and columns of a patch, in pixels: coarser patches, whose embedding is resampled (FlexiViT's way).")
  var patchSize: Int?
  @Option(help: "Layers of the image tower.") var visionLayers: Int?
  @Option(help: "Width of its residual stream.") var visionWidth: Int?
  @Option(help: "Hidden units of its feed-forward layers: one number, or one a layer with commas between; 0: none.")
  var visionMlp: String?
  @Option(help: "Heads of its layers, likewise.") var visionHeads: String?
  @Option(help: "Layers of the text tower.") var textLayers: Int?
  @Option(help: "Width of its residual stream.") var textWidth: Int?
  @Option(help: "Hidden units of its feed-forward layers.") var textMlp: String?
  @Option(help: "Heads of its layers.") var textHeads: String?
  @Option(help: "Length of the features that images and texts share.") var embedDim: Int?

  var request: ShapeRequest {
    get throws {
      var request = ShapeRequest()
      request.imageSize = imageSize
      request.patchSize = patchSize
      request.vision.layers = visionLayers
      request.vision.width = visionWidth
      request.vision.mlp = try Self.list(visionMlp, "--vision-mlp")
      request.vision.heads = try Self.list(visionHeads, "--vision-heads")
      request.text.layers = textLayers
      request.text.width = textWidth
      request.text.mlp = try Self.list(textMlp, "--text-mlp")
      request.text.heads = try Self.list(textHeads, "--text-heads")
      request.embedDimension = embedDim
      return request
    }
  }

  private static func list(_ text: String?, _ flag: String) throws -> [Int]? {
    guard let text else { return nil }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let number = Int(word.filter { $0 != " " }) else {
        throw InputError("\(flag) takes whole numbers with commas between, found \(text.quoted())")
      }
      return number
    }
  }
}
