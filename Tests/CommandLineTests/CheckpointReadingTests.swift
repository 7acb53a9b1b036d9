import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPWeights

/// How every command that takes weights meets checkpoints that are not as they should be.
@Suite struct CheckpointReadingTests {
  /// Command lines up to their end, by command; FOLDER holds the checkpoint, OUT is what they write.
  private static let commands: [[String]] = [
    ["embed", "--pretrained", "MODEL", "--data", "scenes:validation?count=4", "--output", "OUT.npz"],
    ["evaluate", "--pretrained", "MODEL", "--data", "scenes:validation?count=4"],
    ["convert", "--pretrained", "MODEL", "--output", "OUT"],
    ["export", "MODEL", "--format", "onnx", "--output", "OUT"],
    [
      "finetune", "--pretrained", "MODEL", "--train-data", "scenes:train?count=8", "--batch-size", "4", "--epochs", "1",
      "--logs", "OUT",
    ],
    ["prune", "--pretrained", "MODEL", "--vision-layers", "1", "--strategy", "magnitude", "--output", "OUT"],
  ]

  private func run(_ words: [String], _ folder: String, _ more: [String] = []) throws -> Program.Outcome {
    let output = "\(folder)/out"
    return try Program.run(
      words.map { $0 == "MODEL" ? "\(folder)/model" : $0.replacing("OUT", with: output) } + more)
  }

  @Test("weights that are not finite are refused before anything is written", arguments: commands)
  func notFinite(_ words: [String]) throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/model"
    try Checkpoint.write(to: model)
    let weights = "\(model)/open_clip_model.safetensors"
    let state = try StateDictionary(path: weights)
    let tensors = try state.names.map { name in
      let tensor = try state.tensor(name)
      guard name == "visual.proj" else { return OutgoingTensor(name, tensor) }
      var elements = tensor.elements
      elements[3] = .nan
      return OutgoingTensor(name, Tensor(elements, tensor.shape))
    }
    try SafetensorsWriter.write(tensors, to: weights)
    let outcome = try run(words, folder.path)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.hasSuffix(
        "error: \(weights): visual.proj: holds numbers that are not finite; the checkpoint is damaged; use another one\n"
      ),
      "\(words[0]): \(outcome.errors)")
    #expect(
      !Folder.exists("\(folder.path)/out/image_encoder.onnx") && !Folder.containsFile("\(folder.path)/out")
        && !Folder.containsFile("\(folder.path)/out.npz"))
  }

  @Test("an image size that leaves no patches, or too many, is refused", arguments: commands, ["4", "8192", "0"])
  func imageSize(_ words: [String], _ size: String) throws {
    let folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
    let outcome = try run(words, folder.path, ["--force-image-size", size])
    #expect(outcome.status == 64 && outcome.output.isEmpty, "\(words[0]) at \(size): \(outcome.errors)")
    #expect(outcome.errors.contains("force-image-size"), "\(words[0]) at \(size): \(outcome.errors)")
  }

  private func features(_ words: [String], to file: String) throws -> [Float] {
    let outcome = try Program.run(
      ["embed", "--data", "scenes:validation?count=4", "--output", file] + words)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try SafetensorsFile(path: file).tensor("image_features").elements
  }

  @Test("naming the model's shape keeps the preparation of images that stands beside the weights")
  func ownPreprocessing() throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/model", configuration = "\(model)/open_clip_config.json"
    try Checkpoint.write(to: model)
    let document = try JSONParser.parse(file: configuration)
    try AtomicFile.write(document["model_cfg"]?.text() ?? "", to: "\(folder.path)/shape.json")
    let plain = try features(["--pretrained", model], to: "\(folder.path)/a.safetensors")
    var changed = PreprocessConfiguration(size: 32, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2])
    changed.resizeMode = .squash
    try AtomicFile.write(
      JSONValue.object(["model_cfg": document["model_cfg"] ?? .null, "preprocess_cfg": changed.json()]).text(),
      to: configuration)
    let own = try features(["--pretrained", model], to: "\(folder.path)/b.safetensors")
    #expect(own != plain)
    #expect(
      try features(["--pretrained", model, "--model", "\(folder.path)/shape.json"], to: "\(folder.path)/c.safetensors")
        == own)
    // And squash survives Hugging Face's layout.
    let converted = try Program.run(
      ["convert", "--pretrained", model, "--format", "hf", "--output", "\(folder.path)/hf"])
    #expect(converted.status == 0, "\(converted.errors)")
    let again = try features(["--pretrained", "\(folder.path)/hf"], to: "\(folder.path)/d.safetensors")
    #expect(zip(own, again).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("what is taken for granted is told once")
  func assumptions() throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/model"
    try Checkpoint.write(to: model)
    let told = [
      "embed", "--pretrained", model, "--data", "scenes:validation?count=4", "--output", "\(folder.path)/a.npz",
    ]
    #expect(!(try Program.run(told).errors.contains("note: \(model)")))
    let configuration = try JSONParser.parse(file: "\(model)/open_clip_config.json")
    try AtomicFile.write(configuration["model_cfg"]?.text() ?? "", to: "\(model)/open_clip_config.json")
    let notes = try Program.run(told).errors.split(separator: "\n").filter { $0.hasPrefix("note: \(model)") }
    #expect(
      notes == [
        "note: \(model): no file says how images are prepared; assumed: shorter side to 32 pixels, center crop, bicubic, "
          + "OpenAI's mean and std"
      ])
  }

  @Test("a teacher without a configuration is told its own flag")
  func teacher() throws {
    let folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
    try Folder.make("\(folder.path)/teacher")
    let weights = "\(folder.path)/teacher/epoch_1.safetensors"
    try AtomicFile.write(
      try TextFile.bytes(of: "\(folder.path)/model/open_clip_model.safetensors", limit: 1 << 24), to: weights)
    let outcome = try run(Self.commands[4], folder.path, ["--distill-pretrained", weights])
    #expect(
      outcome.status == 1 && outcome.errors.hasSuffix("name the model's shape with --distill-model\n"),
      "\(outcome.errors)")
  }
}
