import CLIPFiles

/// The naming schemes of CLIP checkpoints.
public enum KeyLayout: String, Sendable, CaseIterable {
  /// open_clip's `CLIP`; OpenAI's own files use the same names.
  case openCLIP
  /// open_clip's `CustomTextCLIP`: the text tower under `text.`.
  case openCLIPCustomText
  /// open_clip's models with an image tower of timm's under `visual.trunk.`.
  case timm
  /// OpenAI's state dictionary: open_clip's names, and three numbers besides.
  case openAI
  /// Hugging Face transformers' `CLIPModel`.
  case huggingFace
  /// Hugging Face transformers' `SiglipModel`.
  case huggingFaceSigLIP

  /// Tells the scheme by the names themselves.
  /// - Throws: ``InputError`` that names the architecture when it is a known one that is not supported.
  static func recognize(_ names: [String]) throws -> KeyLayout {
    let set = Set(names)
    if TimmKeys.recognize(set) { return .timm }
    if let foreign = ForeignLayout.recognize(names) { throw unsupported(foreign) }
    if set.contains("vision_model.embeddings.patch_embedding.weight"),
      set.contains("text_model.embeddings.token_embedding.weight")
    {
      return set.contains("vision_model.head.probe") ? .huggingFaceSigLIP : .huggingFace
    }
    if set.contains("visual.conv1.weight") {
      if set.contains("text.token_embedding.weight") { return .openCLIPCustomText }
      if set.contains("token_embedding.weight") {
        return set.isSuperset(of: OpenAIKeys.extras) ? .openAI : .openCLIP
      }
    }
    if let part = ForeignLayout.part(names) { throw unsupported(part) }
    let some = names.prefix(3).map { $0.quoted() }.joined(separator: ", ")
    throw InputError(
      names.isEmpty
        ? "holds no tensors" : "holds no CLIP model that is known here; its first tensors are \(some)",
      advice: "see docs/checkpoints.md")
  }

  private static func unsupported(_ layout: ForeignLayout) -> InputError {
    InputError(
      "holds \(layout.what), which is not supported",
      advice: layout.advice ?? "only CLIP with vision and text transformers is")
  }
}

extension StateDictionary {
  /// The same tensors under open_clip's names and in its shapes, whatever training tools put around them.
  /// - Throws: ``InputError`` when the names follow no scheme that is known here.
  public func inOpenCLIPNames() throws -> StateDictionary { try recognized().state }

  /// The naming scheme, the tensors in open_clip's names, and what was left out that a user might want to know.
  func recognized() throws -> (layout: KeyLayout, state: StateDictionary, notes: [String]) {
    func read() throws -> (KeyLayout, [Entry], [String]) {
      let (list, notes) = try KeyPrefixes.stripped(names.compactMap { entries[$0] })
      let layout = try KeyLayout.recognize(list.map(\.name))
      switch layout {
      case .openCLIP: return (layout, OpenCLIPKeyMap.toOpenCLIP(list), notes)
      case .openAI: return (layout, OpenAIKeys.toOpenCLIP(list), notes)
      case .openCLIPCustomText: return (layout, CustomTextKeys.toOpenCLIP(list), notes)
      case .timm: return (layout, try TimmKeys.toOpenCLIP(list), notes)
      case .huggingFace: return (layout, try HuggingFaceKeys.clip.toOpenCLIP(list), notes)
      case .huggingFaceSigLIP: return (layout, try HuggingFaceKeys.sigLIP.toOpenCLIP(list), notes)
      }
    }
    do {
      let (layout, list, notes) = try read()
      return (layout, StateDictionary(path: path, list), notes)
    } catch let error as InputError {
      throw path.map { error.inFile($0) } ?? error
    }
  }
}
