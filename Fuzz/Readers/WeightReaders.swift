import CLIPFiles
import CLIPWeights

/// Files of weights.
enum WeightReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "safetensors", file: "model.safetensors", grammar: .safetensors,
        seeds: {
          try $0.all(
            "Tests/WeightsTests/Fixtures/resized.safetensors", "Tests/WeightsTests/Fixtures/sixteen_bits.safetensors")
        },
        read: { path, _ in try readAll(StateDictionary(path: path)) }),
      Reader(
        name: "torch", file: "model.pt", grammar: .binary, seal: { Seals.zip(&$0) },
        seeds: archives, read: { path, _ in try readAll(StateDictionary(path: path)) }),
      Reader(
        name: "zip", file: "model.pt", grammar: .binary,
        seeds: { try $0.all("Tests/WeightsTests/Fixtures/deflated.pt", "Tests/WeightsTests/Fixtures/checkpoint.pt") },
        read: { path, _ in try readAll(StateDictionary(path: path)) }),
      Reader(
        name: "sharded-index", file: "model.safetensors.index.json", grammar: .json,
        seeds: { _ in [Array(index.utf8)] },
        prepare: { folder in
          for name in ["resized", "sixteen_bits"] {
            try Sources.standard.copy(
              "Tests/WeightsTests/Fixtures/\(name).safetensors", to: "\(folder)/\(name).safetensors")
          }
        },
        read: { path, _ in try readAll(StateDictionary(path: path)) }),
    ]
  }

  private static func archives(_ sources: Sources) throws -> [[UInt8]] {
    try sources.all(
      "Tests/WeightsTests/Fixtures/plain.pt", "Tests/WeightsTests/Fixtures/plain_protocol4.pt",
      "Tests/WeightsTests/Fixtures/checkpoint.pt",
      "Tests/WeightsTests/Fixtures/deflated.pt")
  }

  /// An index of the two fixtures.
  private static var index: String {
    var map = JSONObject()
    for name in ["resized", "sixteen_bits"] {
      let path = "\(Sources.standard.root)/Tests/WeightsTests/Fixtures/\(name).safetensors"
      for tensor in (try? SafetensorsFile(path: path).names) ?? [] { map[tensor] = .string("\(name).safetensors") }
    }
    return JSONValue.object(["metadata": ["total_size": 1234], "weight_map": .object(map)]).text()
  }

  /// Reads every tensor; strides may make a large one of a small file, so only those of a small size.
  private static func readAll(_ state: StateDictionary) throws {
    for name in state.names.prefix(256) {
      guard let shape = state.shape(of: name), shape.count <= 1 << 22 else { continue }
      _ = try state.tensor(name)
    }
    _ = try? state.inOpenCLIPNames()
  }
}
