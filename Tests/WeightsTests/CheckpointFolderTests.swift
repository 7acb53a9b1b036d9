import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPWeights

/// The shape of `clip_a`.
private let small = CLIPConfiguration(
  embedDimension: 24, usesQuickGELU: true,
  vision: VisionConfiguration(
    imageSize: 32, patchSize: 8, width: 48, layers: 2, heads: 3, headWidth: 16, mlpWidth: 192),
  text: TextConfiguration(
    contextLength: 16, vocabularySize: 320, width: 32, layers: 2, heads: 2, mlpWidth: 128))

private func smallState() throws -> StateDictionary {
  try StateDictionary(path: fixture("clip_a.weights.safetensors"))
}

private func elements(_ state: StateDictionary) throws -> [String: [Float]] {
  var all: [String: [Float]] = [:]
  for name in state.names { all[name] = try state.tensor(name).elements }
  return all
}

@Suite struct CheckpointFolderTests {
  @Test("an open_clip folder that was written is read back, and its weights are mapped")
  func openCLIP() throws {
    let folder = try TemporaryFolder()
    let state = try smallState()
    try CheckpointFolder.writeOpenCLIP(to: folder.path, small, parameters: state)
    #expect(try Folder.names(in: folder.path) == ["open_clip_config.json", "open_clip_model.safetensors"])
    let read = try CheckpointFolder.open(folder.path)
    #expect(read.configuration == small)
    #expect(read.preprocess == PreprocessConfiguration(size: 32))
    #expect(read.layout == .openCLIP)
    #expect(try elements(read.state) == elements(state))
    for name in read.state.names { #expect(!(try read.state.tensor(name).storage is WritableStorage)) }
  }

  @Test(
    "beside a shape that no library holds lies the module that loads it, and the configuration is read from either file"
  )
  func module() throws {
    let folder = try TemporaryFolder()
    var pruned = small
    pruned.vision.headsPerLayer = [2, 3]
    let source = ParameterList(pruned).parameters.map { ($0.name, Tensor(zeros: Shape($0.shape))) }
    let preprocess = PreprocessConfiguration(size: 32, mean: [0.5, 0.25, 0.125])
    try CheckpointFolder.writeOpenCLIP(
      to: folder.path, pruned, preprocess: preprocess, parameters: StateDictionary(source))
    let names = ["carbonclip_model.py", "config.json", "open_clip_config.json", "open_clip_model.safetensors"]
    #expect(try Folder.names(in: folder.path) == names)
    try Folder.remove("\(folder.path)/open_clip_config.json")
    let read = try CheckpointFolder.open(folder.path)
    #expect(read.configuration == pruned && read.preprocess == preprocess)
    let config = try JSONParser.parse(file: "\(folder.path)/config.json")
    #expect(config["transformers_weights"]?.stringValue == "open_clip_model.safetensors")
  }

  @Test("a Hugging Face folder is read under open_clip's names, as renamed by hand")
  func huggingFace() throws {
    let folder = try TemporaryFolder()
    try folder.copy("hf_clip.weights.safetensors", as: "model.safetensors")
    let config = try JSONParser.parse(file: fixture("hf_clip.json"))["config"]
    try AtomicFile.write(config?.text() ?? "", to: "\(folder.path)/config.json")
    let read = try CheckpointFolder.open(folder.path)
    #expect(read.layout == .huggingFace)
    #expect(read.configuration.text.poolType == .eos && read.configuration.text.eosID == 259)
    let expected = try expectedTensors("hf_clip")
    #expect(Set(read.state.names) == Set(expected.map(\.name)))
    for tensor in expected {
      #expect(read.state.shape(of: tensor.name) == tensor.shape)
      #expect(crc32(try read.state.tensor(tensor.name)) == tensor.crc, "\(tensor.name)")
    }
  }

  @Test("a Hugging Face folder that was written holds what it was made from")
  func huggingFaceBack() throws {
    let folder = try TemporaryFolder()
    let original = try StateDictionary(path: fixture("hf_clip.weights.safetensors"))
    let config = try JSONParser.parse(file: fixture("hf_clip.json"))["config"] ?? .null
    let model = try CLIPConfiguration(huggingFace: config)
    try CheckpointFolder.writeHuggingFace(to: folder.path, model, parameters: try original.inOpenCLIPNames())
    #expect(try elements(StateDictionary(path: "\(folder.path)/model.safetensors")) == elements(original))
    let read = try CheckpointFolder.open(folder.path)
    #expect(read.configuration == model)
    #expect(read.preprocess == PreprocessConfiguration(size: 32, cropOffset: .down))
  }

  @Test("16-bit folders are read as float32", arguments: [ElementType.float16, .bfloat16])
  func sixteenBits(_ type: ElementType) throws {
    let folder = try TemporaryFolder()
    let state = try smallState()
    try CheckpointFolder.writeOpenCLIP(to: folder.path, small, parameters: state, as: type)
    let read = try CheckpointFolder.open(folder.path)
    let step: Float = type == .float16 ? 0x1p-11 : 0x1p-8
    for name in state.names {
      #expect(read.state.elementType(of: name) == type)
      for (found, expected) in zip(try read.state.tensor(name).elements, try state.tensor(name).elements) {
        #expect(abs(found - expected) <= abs(expected) * step + 1e-7)
      }
    }
  }

  @Test("CustomTextCLIP's and OpenAI's names are understood")
  func layouts() throws {
    let folder = try TemporaryFolder()
    let state = try smallState()
    let textNames = ["positional_embedding", "text_projection", "token_embedding", "transformer", "ln_final"]
    let custom = try state.names.map { name in
      OutgoingTensor(
        textNames.contains { name.hasPrefix($0) } ? "text.\(name)" : name, try state.tensor(name))
    }
    let path = "\(folder.path)/custom.safetensors"
    try SafetensorsWriter.write(custom, to: path)
    let read = try CheckpointFolder.open(path, as: ModelDescription(configuration: small))
    #expect(read.layout == .openCLIPCustomText)
    #expect(try elements(read.state) == elements(state))

    var openAI = try state.names.map { OutgoingTensor($0, try state.tensor($0), as: .float16) }
    for (name, value) in [("input_resolution", 32), ("context_length", 16), ("vocab_size", 320)] {
      openAI.append(OutgoingTensor(name, integers: [value], []))
    }
    let openAIPath = "\(folder.path)/openai.safetensors"
    try SafetensorsWriter.write(openAI, to: openAIPath)
    #expect(
      try CheckpointFolder.open(openAIPath, as: ModelDescription(configuration: small)).layout == .openAI)
  }

  @Test("a shape whose image size differs gets resized positions")
  func resized() throws {
    var larger = small
    larger.vision.imageSize = 48
    let read = try CheckpointFolder.open(
      fixture("clip_a.weights.safetensors"), as: ModelDescription(configuration: larger))
    #expect(read.state.shape(of: "visual.positional_embedding") == [37, 48])
    #expect(try read.state.tensor("visual.positional_embedding").elements.allSatisfy(\.isFinite))
  }

  @Test("sharded checkpoints are read through their index")
  func sharded() throws {
    let folder = try TemporaryFolder()
    let state = try smallState()
    var map = JSONObject()
    for shard in 0..<2 {
      let names = state.names.enumerated().filter { $0.offset % 2 == shard }.map(\.element)
      let file = "model-0000\(shard + 1)-of-00002.safetensors"
      try SafetensorsWriter.write(
        try names.map { OutgoingTensor($0, try state.tensor($0)) }, to: "\(folder.path)/\(file)")
      for name in names { map[name] = .string(file) }
    }
    let index = JSONValue.object(["metadata": ["total_size": 1], "weight_map": .object(map)])
    try AtomicFile.write(index.text(), to: "\(folder.path)/model.safetensors.index.json")
    try AtomicFile.write(small.json().text(), to: "\(folder.path)/open_clip_config.json")
    #expect(try elements(CheckpointFolder.open(folder.path).state) == elements(state))

    for (value, expected) in [
      (
        "../x.safetensors",
        "FILE: a: \"../x.safetensors\" is not the name of a weight file in the same folder"
      ),
      (
        "model-00003-of-00002.safetensors",
        "FILE: a: stands in \"model-00003-of-00002.safetensors\", which is missing; fetch all parts"
      ),
      (
        "bad.index.json",
        "FILE: a: \"bad.index.json\" is not the name of a weight file in the same folder"
      ),
      ("model-00001-of-00002.safetensors", "FILE: a: is missing from \"model-00001-of-00002.safetensors\""),
    ] {
      let path = "\(folder.path)/bad.index.json"
      try AtomicFile.write(#"{"weight_map":{"a":"\#(value)"}}"#, to: path)
      #expect(message(path) { _ = try StateDictionary(path: path) } == expected)
    }
  }

  @Test(
    "JSON nested a million deep is refused in one line, wherever it may stand",
    arguments: ["open_clip_config.json", "config.json", "model.safetensors.index.json"])
  func deepJSON(_ name: String) throws {
    let folder = try TemporaryFolder()
    if name.contains("index") { try AtomicFile.write(small.json().text(), to: "\(folder.path)/open_clip_config.json") }
    try folder.copy("clip_a.weights.safetensors", as: name.contains("index") ? "part.safetensors" : "model.safetensors")
    let deep = #"{"weight_map": "# + String(repeating: "[", count: 1_000_000)
    try AtomicFile.write(deep, to: "\(folder.path)/\(name)")
    let path = "\(folder.path)/\(name)"
    #expect(message(path) { _ = try CheckpointFolder.open(folder.path) }.hasPrefix("FILE: "))
    let header = String(repeating: "[", count: 1_000_000)
    let weights = try folder.file("deep.safetensors", safetensors(#"{"w": "# + header))
    #expect(message(weights) { _ = try StateDictionary(path: weights) }.hasPrefix("FILE: header, line 1"))
  }

  @Test("weights that do not fit their configuration are named with both shapes")
  func misfits() throws {
    let path = fixture("clip_a.weights.safetensors")
    func refusal(_ change: (inout CLIPConfiguration) -> Void) -> String {
      var model = small
      change(&model)
      return message(path) { _ = try CheckpointFolder.open(path, as: ModelDescription(configuration: model)) }
    }
    #expect(refusal { _ in } == "no error")
    #expect(
      refusal { $0.text.vocabularySize = 321 }
        == "FILE: token_embedding.weight: expected [321, 32], found [320, 32]; see docs/checkpoints.md")
    #expect(
      refusal { $0.embedDimension = 20 }
        == "FILE: does not fit the model: 2 of another shape (text_projection: expected [32, 20], found [32, 24], visual.proj: expected [48, 20], found [48, 24]); check that the configuration belongs to the weights"
    )
    #expect(
      refusal {
        $0.text.headsPerLayer = [2]
        $0.text.mlpWidth = [128]
      }.hasPrefix(
        "FILE: does not fit the model: 12 unexpected (transformer.resblocks.1."))
    #expect(
      refusal { $0.initialLogitBias = -10 }
        == "FILE: does not fit the model: 1 missing (logit_bias); check that the configuration belongs to the weights"
    )
  }

  @Test("a missing parameter, or one of another shape, is named")
  func parameter() throws {
    let path = fixture("clip_a.weights.safetensors")
    let state = try smallState()
    #expect(
      message(path) { _ = try state.parameter("visual.proj", [24, 48]) }
        == "FILE: visual.proj: expected [24, 48], found [48, 24]; see docs/checkpoints.md")
    #expect(
      message(path) { _ = try state.parameter("visual.prj", [24, 48]) }
        == "FILE: visual.prj: is missing; did you mean \"visual.proj\"?")
  }

  @Test(
    "architectures that are not supported are named",
    arguments: [
      ("visual.trunk.x", "an image tower from timm"),
      ("visual.layer1.0.conv1.weight", "a ResNet image tower"),
      ("text_decoder.x", "CoCa, with a text decoder"),
      ("text.transformer.embeddings.x", "a text tower from Hugging Face transformers"),
    ])
  func architectures(_ name: String, _ architecture: String) throws {
    let state = StateDictionary([(name, Tensor([1], [1]))])
    #expect(
      message("/nowhere") { _ = try state.inOpenCLIPNames() }
        == "holds \(architecture), which is not supported; only CLIP with vision and text transformers is")
  }

  @Test("folders without weights or without a configuration say what is missing")
  func incomplete() throws {
    let folder = try TemporaryFolder()
    #expect(
      message(folder.path) { _ = try CheckpointFolder.open(folder.path) }
        == "FILE: holds no weights; expected one of \(CheckpointFolder.weightNames.joined(separator: ", ")); name the weight file itself"
    )
    try folder.copy("clip_a.weights.safetensors", as: "open_clip_model.safetensors")
    #expect(
      message(folder.path) { _ = try CheckpointFolder.open(folder.path) }
        == "FILE: has no configuration: the folder holds neither open_clip_config.json nor config.json; name the model's shape with --model"
    )
  }

  @Test("what Hugging Face's CLIPModel cannot express is refused before anything is written")
  func beyondHuggingFace() throws {
    let folder = try TemporaryFolder()
    var pruned = small
    pruned.vision.headsPerLayer = [2, 3]
    let target = "\(folder.path)/hf"
    #expect(
      message(target) {
        try CheckpointFolder.writeHuggingFace(to: target, pruned, parameters: try smallState())
      }
        == "Hugging Face's CLIPModel cannot express image heads that do not fill the width; write the open_clip layout instead"
    )
    #expect(!Folder.exists(target))
  }
}
