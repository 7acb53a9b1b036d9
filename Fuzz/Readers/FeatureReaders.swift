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
        seeds: { _ in [Array("rgb_8.png\ngray.jpg\n\n/tmp/c.webp\n".utf8)] },
        prepare: { folder in
          for name in ["rgb_8.png", "gray.jpg"] {
            try Sources.standard.copy("Tests/ImagesTests/Fixtures/formats/\(name)", to: "\(folder)/\(name)")
          }
        },
        read: { path, _ in _ = try Pictures.open([path]) }),
      Reader(
        name: "text-list", file: "texts.json", grammar: .json, weight: 0.2,
        seeds: { _ in [Array(#"["a red circle", "été \u2028", "a\nb"]"#.utf8)] },
        read: { path, _ in _ = try Pictures.listed(in: path) }),
    ]
  }
}
