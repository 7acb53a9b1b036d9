import CLIPFiles

/// What training tools put around a model's names, whatever file they stand in.
enum KeyPrefixes {
  /// Modules that only wrap another one: distributed data parallel and weight averaging (`module`), `torch.compile`,
  /// fully sharded data parallel, activation checkpoints. They may stand anywhere in a name.
  private static let wrappers: Set<Substring> = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]
  /// Names by which a whole model is told in the midst of others.
  private static let anchors = [
    "visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight", "visual.trunk.patch_embed.proj.weight",
  ]
  /// Parameters that are single numbers, unlike the counters that training tools keep.
  private static let scalars: Set<String> = ["logit_scale", "logit_bias"]

  /// The name without wrappers.
  static func unwrapped(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.contains(where: wrappers.contains) else { return name }
    return parts.filter { !wrappers.contains($0) }.joined(separator: ".")
  }

  /// The tensors without wrappers and counters (`n_averaged`), and without a prefix that the whole model carries.
  /// - Returns: the tensors, and what was left out that a user might want to know
  /// - Throws: ``InputError`` when two names become one, or several models lie side by side.
  static func stripped(
    _ entries: [StateDictionary.Entry]
  ) throws -> (entries: [StateDictionary.Entry], notes: [String]) {
    var names: [String: String] = [:]
    var result: [StateDictionary.Entry] = []
    for entry in entries {
      let name = TinyCLIPKeys.renamed(unwrapped(entry.name))
      if isCounter(entry, name) { continue }
      if let other = names.updateValue(entry.name, forKey: name) {
        throw InputError("stands for the same tensor as \(other.quoted())", at: entry.name)
      }
      result.append(name == entry.name ? entry : entry.renamed(name))
    }
    let prefixes = Set(
      result.lazy.map(\.name).flatMap { name in
        anchors.compactMap { anchor in
          guard name.hasSuffix(anchor) else { return String?.none }
          let prefix = name.dropLast(anchor.count)
          return prefix.isEmpty || prefix.hasSuffix(".") ? String(prefix) : nil
        }
      })
    if prefixes.isSubset(of: [""]) { return (result, []) }
    guard prefixes.count == 1, let prefix = prefixes.first else { throw severalModels(prefixes) }
    let others = result.filter { !$0.name.hasPrefix(prefix) }
    guard others.isEmpty else {
      let some = others.prefix(3).map { $0.name.quoted() }.joined(separator: ", ")
      throw InputError(
        "holds a model whose names carry the prefix \(prefix.quoted()), and \(others.count) tensors besides (\(some))",
        advice: advice(prefix))
    }
    return (
      result.map { $0.renamed(String($0.name.dropFirst(prefix.count))) },
      ["all names carry the prefix \(prefix.quoted()), which is left out"]
    )
  }

  /// What averaging of weights keeps beside them as numbers with a point.
  private static let floatCounters: Set<String> = ["n_averaged", "num_updates", "decay", "step", "epoch"]

  private static func isCounter(_ entry: StateDictionary.Entry, _ name: String) -> Bool {
    entry.shape.count == 1 && (entry.elementType?.isInteger == true || floatCounters.contains(name))
      && !name.contains(".")
      && !scalars.contains(name) && !OpenAIKeys.extras.contains(name)
  }

  private static func severalModels(_ prefixes: Set<String>) -> InputError {
    let list = prefixes.sorted().map { $0.isEmpty ? "none" : $0.quoted() }.joined(separator: ", ")
    return InputError(
      "holds several models, told apart by the prefixes \(list)",
      advice: advice(prefixes.sorted().first { !$0.isEmpty } ?? ""))
  }

  private static func advice(_ prefix: String) -> String {
    "save the one that is meant, without its prefix: {k[\(prefix.count):]: v for k, v in state_dict.items() "
      + "if k.startswith(\(prefix.quoted()))}"
  }
}
