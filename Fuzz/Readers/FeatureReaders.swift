import CLIPEvaluation
import CLIPFiles
import CLIPImageText

/// Files of features, and lists of pictures and texts.
enum FeatureReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "features", file: "features.safetensors", grammar: .safetensors,
        seeds: { try $0.all("Tests/EvaluationTests/Fixtures/features.safetensors") },
        read: { path, _ in _ = try FeatureFile(reading: path) }),
      Reader(
        name: "picture-list", file: "pictures.txt", grammar: .text, weight: 0.2,
        seeds: { _ in [Array("a.jpg\nb.png\n\n/tmp/c.webp\n".utf8)] },
        read: { path, _ in _ = try Pictures.open([path]) }),
      Reader(
        name: "text-list", file: "texts.json", grammar: .json, weight: 0.2,
        seeds: { _ in [Array(#"["a red circle", "été \u2028", "a\nb"]"#.utf8)] },
        read: { path, _ in _ = try Pictures.listed(in: path) }),
    ]
  }
}
