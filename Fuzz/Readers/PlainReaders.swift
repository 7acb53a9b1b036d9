import CLIPFiles
import CLIPRecipes

/// The formats that the others are written in.
enum PlainReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "json", file: "document.json", grammar: .text,
        seeds: { try $0.all("checkpoints/base/open_clip_config.json") + [Array(everything.utf8)] },
        read: { path, _ in
          let value = try JSONParser.parse(file: path)
          _ = try JSONParser.parse(value.text(indentation: 2))
        }),
      Reader(
        name: "yaml", file: "document.yaml", grammar: .text,
        seeds: { try $0.all("recipes/quickstart.yaml", "data/scenarios/edge.yaml") },
        read: { path, _ in
          let node = try Recipe.read(path)
          if let object = node.json.objectValue { _ = try Recipe.parse(Recipe.text(object), origin: "again") }
        }),
      Reader(
        name: "gzip", file: "text.gz", grammar: .gzippedText, seal: nil,
        seeds: { try $0.all("Tests/TokenizationTests/Fixtures/bpe_4096.txt.gz") },
        read: { path, _ in _ = try Gzip.decompress(TextFile.bytes(of: path), limit: 1 << 22) }),
      Reader(
        name: "delimited", file: "table.csv", grammar: .text,
        seeds: { _ in ["a,b\n1,\"2\"\n\"x\"\"y\",\"z\nw\"\n", "a;b\r\n1;2\r\n"].map { Array($0.utf8) } },
        read: { path, _ in
          let table = try FigureTable(file: path, columns: [])
          for row in table.rows { for column in table.columns { _ = try? row.number(column, in: 0...1) } }
        }),
      Reader(
        name: "text", file: "text.txt", grammar: .text, seeds: { _ in [Array("a\r\nb\n\u{FEFF}c\n".utf8)] },
        read: { path, _ in _ = try TextFile.lines(of: path) }),
    ]
  }

  private static let everything = """
    {"a": [1, -2.5e-3, true, false, null, "\\u00e9\\ud83d\\ude00\\n"], "b": {"": {}, "c": [[], [{}]]}, "n": 9007199254740993}
    """
}
