import Files

/// The naming schemes of CLIP checkpoints.
public enum KeyLayout: String, Sendable, CaseIterable {
  /// open_clip's `CLIP`; OpenAI's own files use the same names.
  case openCLIP
  /// open_clip's `CustomTextCLIP`: the text tower under `text.`.
  case openCLIPCustomText
  /// OpenAI's state dictionary: open_clip's names, and three numbers besides.
  case openAI
  /// Hugging Face transformers' `CLIPModel`.
  case huggingFace

  /// Tells the scheme by the names themselves.
  /// - Throws: ``InputError`` that names the architecture when it is a known one that is not supported.
  static func recognize(_ names: [String]) throws -> KeyLayout {
    let set = Set(names)
    func hasPrefix(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
    if set.contains("vision_model.head.probe") || set.contains("vision_model.embeddings.patch_embedding.bias") {
      throw unsupported("a Hugging Face SigLIP model")
    }
    if set.contains("vision_model.embeddings.patch_embedding.weight"),
      set.contains("text_model.embeddings.token_embedding.weight")
    {
      return .huggingFace
    }
    if hasPrefix("visual.trunk.") { throw unsupported("an image tower from timm") }
    if hasPrefix("visual.layer1.") { throw unsupported("a ResNet image tower") }
    if hasPrefix("text_decoder.") { throw unsupported("CoCa, with a text decoder") }
    if hasPrefix("visual.attn_pool") { throw unsupported("an image tower with attentional pooling") }
    if hasPrefix("text.transformer.embeddings.") || hasPrefix("text.transformer.encoder.") {
      throw unsupported("a text tower from Hugging Face transformers")
    }
    if set.contains("visual.conv1.weight") {
      if set.contains("text.token_embedding.weight") { return .openCLIPCustomText }
      if set.contains("token_embedding.weight") {
        return set.isSuperset(of: OpenAIKeys.extras) ? .openAI : .openCLIP
      }
    }
    let some = names.prefix(3).map { $0.quoted() }.joined(separator: ", ")
    throw InputError(
      "holds no CLIP model that is known here; its first tensors are \(some)",
      advice: "see docs/checkpoints.md")
  }

  private static func unsupported(_ architecture: String) -> InputError {
    InputError(
      "holds \(architecture), which is not supported",
      advice: "only CLIP with vision and text transformers is")
  }
}

extension StateDictionary {
  /// The same tensors under open_clip's names and in its shapes.
  /// - Throws: ``InputError`` when the names follow no scheme that is known here.
  public func inOpenCLIPNames() throws -> StateDictionary {
    do {
      let list = names.compactMap { entries[$0] }
      switch try KeyLayout.recognize(names) {
      case .openCLIP: return StateDictionary(path: path, OpenCLIPKeyMap.toOpenCLIP(list))
      case .openAI: return StateDictionary(path: path, OpenAIKeys.toOpenCLIP(list))
      case .openCLIPCustomText: return StateDictionary(path: path, CustomTextKeys.toOpenCLIP(list))
      case .huggingFace: return StateDictionary(path: path, try HuggingFaceKeys.toOpenCLIP(list))
      }
    } catch let error as InputError {
      throw path.map { error.inFile($0) } ?? error
    }
  }
}
