import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPWeights

@Suite struct KeyPrefixesTests {
  private let small = CLIPConfiguration(
    embedDimension: 24, usesQuickGELU: true,
    vision: VisionConfiguration(
      imageSize: 32, patchSize: 8, width: 48, layers: 2, heads: 3, headWidth: 16, mlpWidth: 192),
    text: TextConfiguration(
      contextLength: 16, vocabularySize: 320, width: 32, layers: 2, heads: 2, mlpWidth: 128))

  /// Writes `clip_a` under other names, and what else is asked for.
  private func write(
    _ folder: TemporaryFolder, _ rename: (String) -> String, besides: [OutgoingTensor] = []
  ) throws -> String {
    let state = try StateDictionary(path: fixture("clip_a.weights.safetensors"))
    let path = "\(folder.path)/x.safetensors"
    try SafetensorsWriter.write(
      try state.names.map { OutgoingTensor(rename($0), try state.tensor($0)) } + besides, to: path)
    return path
  }

  private func read(_ path: String) throws -> CheckpointFolder {
    try CheckpointFolder.open(path, as: ModelDescription(configuration: small))
  }

  @Test(
    "what training tools wrap around names is left out, in any order and anywhere",
    arguments: [
      "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "module.module.", "_fsdp_wrapped_module.",
    ])
  func wrappers(_ prefix: String) throws {
    let folder = try TemporaryFolder()
    let state = try StateDictionary(path: fixture("clip_a.weights.safetensors"))
    let counter = OutgoingTensor("n_averaged", integers: [7], [])
    let all = try read(try write(folder, { prefix + $0 }, besides: [counter]))
    #expect(Set(all.state.names) == Set(state.names))
    #expect(try all.state.tensor("visual.proj").elements == state.tensor("visual.proj").elements)
    #expect(all.notes.count == 1, "only that no file says how images are prepared: \(all.notes)")
    let tower = try read(
      try write(folder, { $0.hasPrefix("visual.") ? "visual.\(prefix)\($0.dropFirst(7))" : $0 }))
    #expect(Set(tower.state.names) == Set(state.names))
  }

  @Test("a prefix of the whole model is left out, and told", arguments: ["model.", "clip.", "base_model.model."])
  func wholeModel(_ prefix: String) throws {
    let folder = try TemporaryFolder()
    let found = try read(try write(folder) { prefix + $0 })
    #expect(found.notes.contains { $0.hasSuffix("all names carry the prefix \"\(prefix)\", which is left out") })
  }

  @Test("a model among other tensors is named with what to do")
  func amongOthers() throws {
    let folder = try TemporaryFolder()
    let other = OutgoingTensor("loss.weight", Tensor([1, 2, 3], [3]))
    let path = try write(folder, { "model.\($0)" }, besides: [other])
    #expect(
      message(path) { _ = try read(path) }
        == "FILE: holds a model whose names carry the prefix \"model.\", and 1 tensors besides (\"loss.weight\"); "
        + "save the one that is meant, without its prefix: {k[6:]: v for k, v in state_dict.items() if "
        + "k.startswith(\"model.\")}")
    let state = try StateDictionary(path: fixture("clip_a.weights.safetensors"))
    let teacher = try state.names.map { OutgoingTensor("teacher.\($0)", try state.tensor($0)) }
    let both = try write(folder, { "student.\($0)" }, besides: teacher)
    #expect(
      message(both) { _ = try read(both) }.hasPrefix(
        "FILE: holds several models, told apart by the prefixes \"student.\", \"teacher.\"; save the one"))
  }

  @Test("two names that become one are refused")
  func collision() throws {
    let folder = try TemporaryFolder()
    let path = try write(folder, { $0 }, besides: [OutgoingTensor("module.logit_scale", Tensor([1], [1]))])
    #expect(message(path) { _ = try read(path) }.contains("stands for the same tensor as"))
  }

  @Test("TinyCLIP's layout is open_clip's under other owners; its learned masks are refused by name")
  func tinyCLIP() throws {
    let folder = try TemporaryFolder()
    func owner(_ name: String) -> String {
      if name.hasPrefix("visual.") { return "_image_encoder.module.\(name)" }
      return name == "logit_scale" ? "_logit_scale.\(name)" : "_text_encoder.module.\(name)"
    }
    let state = try StateDictionary(path: fixture("clip_a.weights.safetensors"))
    let found = try read(try write(folder, owner))
    #expect(Set(found.state.names) == Set(state.names) && found.layout == .openCLIP)
    // As its trainer calls the towers outside data parallelism.
    let without = try read(
      try write(folder) { name in
        let tower = name.hasPrefix("visual.") ? "image_encoder" : name == "logit_scale" ? "logit_scale" : "text_encoder"
        return "\(tower)_without_ddp.\(name)"
      })
    #expect(Set(without.state.names) == Set(state.names) && without.layout == .openCLIP)
    let masks = OutgoingTensor("_image_encoder.l0_module.hidden_loga", Tensor([1], [1]))
    let path = try write(folder, owner, besides: [masks])
    #expect(
      message(path) { _ = try read(path) }
        == "FILE: holds TinyCLIP's learned masks, which is not supported; prune the model with them in TinyCLIP, then "
        + "save what is left")
  }

  @Test(
    "checkpoints of other kinds are named",
    arguments: [
      ("visual.blocks.0.attn.qkv.weight", "EVA-CLIP"), ("image_encoder.model.stem.weight", "MobileCLIP"),
      ("bert.embeddings.word_embeddings.weight", "Chinese-CLIP"),
      ("vision_model.embeddings.patch_embedding.weight", "an image tower alone"),
      ("text_model.embeddings.token_embedding.weight", "a text tower alone"),
      ("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight", "Stable Diffusion"),
      ("model.visual.trunk.blocks.0.weight", "an image tower from timm"),
      ("token_embedding.weight", "a text tower alone"),
      ("base_model.model.visual.proj.lora_A.weight", "LoRA adapters"),
    ])
  func kinds(_ name: String, _ kind: String) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    try SafetensorsWriter.write([OutgoingTensor(name, Tensor([1], [1]))], to: path)
    #expect(message(path) { _ = try read(path) }.hasPrefix("FILE: holds \(kind)"))
  }

  @Test("OpenAI's layout implies QuickGELU, and says so")
  func openAI() throws {
    let folder = try TemporaryFolder()
    let extras = [("input_resolution", 32), ("context_length", 16), ("vocab_size", 320)].map {
      OutgoingTensor($0.0, integers: [$0.1], [])
    }
    var exact = small
    exact.usesQuickGELU = false
    let path = try write(folder, { $0 }, besides: extras)
    let found = try CheckpointFolder.open(path, as: ModelDescription(configuration: exact))
    #expect(found.configuration.usesQuickGELU)
    #expect(
      found.notes.first == "\(path): OpenAI's state dictionary; QuickGELU is used, whatever the configuration says")
    #expect(try read(path).notes.count == 1)
  }

  @Test("weights in whole numbers are refused; position ids are no weights")
  func wholeNumbers() throws {
    let folder = try TemporaryFolder()
    let state = try StateDictionary(path: fixture("clip_a.weights.safetensors"))
    let path = "\(folder.path)/x.safetensors"
    try SafetensorsWriter.write(
      try state.names.map { name in
        name == "visual.proj"
          ? OutgoingTensor(name, integers: [Int](repeating: 1, count: 48 * 24), [48, 24])
          : OutgoingTensor(name, try state.tensor(name))
      }, to: path)
    #expect(
      message(path) { _ = try read(path) }
        == "FILE: visual.proj: is stored in I64, whole numbers; dequantize the model first, and save its weights as floats"
    )
  }

  @Test("what a file holds counts, not its name")
  func content() throws {
    let folder = try TemporaryFolder()
    let archive = try folder.file("a.safetensors", Pickle.archive(Pickle.state()))
    #expect(try StateDictionary(path: archive).names == ["w"])
    for (text, expected) in [
      ("<!DOCTYPE html><html></html>", "FILE: is a page of HTML or XML, not weights; the download went wrong"),
      ("\n <html>", "FILE: is a page of HTML or XML"), ("{\"error\": \"not found\"}", "FILE: is a JSON file"),
      ("version https://git-lfs.github.com/spec/v1", "FILE: is a Git LFS pointer"),
      ("GGUF    ", "FILE: is a GGUF file"),
    ] {
      for name in ["b.safetensors", "b.pt", "b.bin"] {
        let path = try folder.file(name, Array(text.utf8))
        #expect(message(path) { _ = try StateDictionary(path: path) }.hasPrefix(expected), "\(name): \(text)")
      }
    }
    // A header whose length looks like gzip's first bytes.
    let header = "{}" + String(repeating: " ", count: 0x8B1F - 2)
    #expect(try StateDictionary(path: try folder.file("c.bin", safetensors(header))).names.isEmpty)
  }
}
