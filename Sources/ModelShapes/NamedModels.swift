public import CLIPFiles

/// A model shape known by name.
public struct NamedModel: Equatable, Sendable {
  /// The name, as open_clip spells it.
  public let name: String
  /// One line for lists and help texts.
  public let description: String
  /// The model's shape.
  public let configuration: CLIPConfiguration
}

/// The catalog of shapes known by name: this project's, TinyCLIP's, and open_clip's with its names and values.
public enum NamedModels {
  /// Every named model, in the order in which they are shown.
  public static let all: [NamedModel] =
    [
      NamedModel(
        name: "micro", description: "this project's smallest teacher: 64-pixel images, 5.4 M parameters",
        configuration: CLIPConfiguration(
          embedDimension: 128,
          vision: VisionConfiguration(
            imageSize: 64, patchSize: 8, width: 192, layers: 8, heads: 4, headWidth: 48, mlpWidth: 768),
          text: microText(layers: 6))),
      NamedModel(
        name: "micro-s",
        description: "a shallower micro with narrower heads, for searches that finish in minutes",
        configuration: CLIPConfiguration(
          embedDimension: 128,
          vision: VisionConfiguration(
            imageSize: 64, patchSize: 8, width: 192, layers: 6, heads: 6, headWidth: 32, mlpWidth: 768),
          text: microText(layers: 4))),
      NamedModel(
        name: "TinyCLIP-ViT-8M-16-Text-3M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
        configuration: tiny(patch: 16, width: 256, layers: 10, textWidth: 256, textHeads: 4, textLayers: 3)),
      NamedModel(
        name: "TinyCLIP-ViT-39M-16-Text-19M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
        configuration: tiny(patch: 16, width: 512, layers: 12, textWidth: 512, textHeads: 8, textLayers: 6)),
      NamedModel(
        name: "TinyCLIP-ViT-40M-32-Text-19M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
        configuration: tiny(patch: 32, width: 512, layers: 12, textWidth: 512, textHeads: 8, textLayers: 6)),
      NamedModel(
        name: "TinyCLIP-ViT-61M-32-Text-29M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
        configuration: tiny(patch: 32, width: 640, layers: 12, textWidth: 512, textHeads: 8, textLayers: 9)),
    ] + OpenCLIPModels.all

  /// The model of that name as it is spelt, or with `/` for the first `-`s, as open_clip takes it: `ViT-B/32`.
  /// - Throws: ``InputError`` that says what open_clip's model of that name is, where nothing here runs it, or has the
  ///   nearest name.
  public static func model(_ name: String) throws -> NamedModel {
    if let model = known(name) { return model }
    throw unknown(name, among: all.map(\.name))
  }

  /// The model of that name, or nil.
  public static func known(_ name: String) -> NamedModel? {
    let dashed = name.replacing("/", with: "-")
    return all.first { $0.name == dashed }
  }

  /// open_clip's models that nothing here runs, by what keeps them out: `has an image tower of timm's`.
  public static var unsupported: [(reason: String, names: [String])] {
    UnsupportedModels.Reason.allCases.map { reason in
      (reason.rawValue, UnsupportedModels.reasons.filter { $0.value == reason }.keys.sorted())
    }
  }

  /// The error for a name that is none of `names`.
  public static func unknown(_ name: String, among names: [String]) -> InputError {
    let dashed = name.replacing("/", with: "-"), others = UnsupportedModels.reasons
    if let reason = others[dashed] {
      return InputError(
        "open_clip's \(dashed.quoted()) \(reason.rawValue), which is not supported",
        advice: "carbonclip models lists what is")
    }
    guard let near = Suggestion.nearest(to: dashed, among: names + others.keys.sorted()) else {
      return InputError("unknown model \(name.quoted())", advice: "carbonclip models lists the names")
    }
    let reason = others[near].map { "; that one \($0.rawValue), which is not supported" } ?? ""
    return InputError("unknown model \(name.quoted())", advice: "did you mean \"\(near)\"?\(reason)")
  }

  private static func text(width: Int, layers: Int, heads: Int) -> TextConfiguration {
    TextConfiguration(
      contextLength: 77, vocabularySize: 49408, width: width, layers: layers, heads: heads,
      mlpWidth: 4 * width)
  }

  private static func microText(layers: Int) -> TextConfiguration {
    TextConfiguration(
      contextLength: 32, vocabularySize: 4096, width: 128, layers: layers, heads: 4, mlpWidth: 512)
  }

  private static func tiny(
    patch: Int, width: Int, layers: Int, textWidth: Int, textHeads: Int, textLayers: Int
  ) -> CLIPConfiguration {
    CLIPConfiguration(
      embedDimension: 512,
      vision: VisionConfiguration(
        imageSize: 224, patchSize: patch, width: width, layers: layers, heads: width / 64, headWidth: 64,
        mlpWidth: 4 * width),
      text: text(width: textWidth, layers: textLayers, heads: textHeads))
  }
}
