import CLIPFiles
import CLIPTensors

/// open_clip's `CustomTextCLIP` with an image tower of timm's: SigLIP's (`vit_..._siglip_...`, with attention that pools)
/// and EVA-02's (`eva02_..._clip_...`).
enum TimmKeys {
  /// Names that no other layout has.
  static func recognize(_ names: Set<String>) -> Bool {
    names.contains("text.token_embedding.weight")
      && (names.contains("visual.trunk.attn_pool.latent") || names.contains("visual.trunk.blocks.0.mlp.fc1_g.weight"))
  }

  private static let trunk = "visual.trunk.", pool = "visual.pool"
  /// Names outside the blocks, but for the last norm's, which stands elsewhere where attention pools.
  private static let renamed = [
    "cls_token": "class_embedding", "pos_embed": "positional_embedding", "patch_embed.proj.weight": "conv1.weight",
    "patch_embed.proj.bias": "conv1.bias", "head.weight": "proj.weight", "head.bias": "proj.bias",
    "attn_pool.latent": "pool.latent",
  ]
  /// Parts of a block, and of the attention that pools.
  private static let parts = [
    "norm1": "ln_1", "norm2": "ln_2", "attn.qkv": "attn.in_proj", "attn.proj": "attn.out_proj",
    "attn.norm": "attn.ln_inner", "mlp.fc1": "mlp.c_fc", "mlp.fc1_x": "mlp.c_fc", "mlp.fc1_g": "mlp.c_gate",
    "mlp.norm": "mlp.ln_inner", "mlp.fc2": "mlp.c_proj",
  ]
  private static let poolParts = [
    "proj": "attn.out_proj", "norm": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
  ]

  /// - Throws: ``InputError`` where queries, keys and values are not all there, or do not fit together.
  static func toOpenCLIP(_ entries: [StateDictionary.Entry]) throws -> [StateDictionary.Entry] {
    let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    let lastNorm = byName["\(trunk)attn_pool.latent"] == nil ? "visual.ln_post" : "\(pool).ln_1"
    var result: [StateDictionary.Entry] = []
    for entry in CustomTextKeys.toOpenCLIP(entries) {
      guard entry.name.hasPrefix(trunk) else {
        result.append(entry)
        continue
      }
      let name = String(entry.name.dropFirst(trunk.count)), kind = name.hasSuffix(".bias") ? "bias" : "weight"
      if let target = renamed[name] {
        result.append(entry.withoutLeadingAxes(to: name == "cls_token" ? 1 : nil).renamed("visual.\(target)"))
      } else if name == "norm.\(kind)" {
        result.append(entry.renamed("\(lastNorm).\(kind)"))
      } else if name.hasPrefix("attn_pool."), let target = part(name.dropFirst("attn_pool.".count), poolParts) {
        result.append(entry.renamed("\(pool).\(target)"))
      } else if name == "attn_pool.q.\(kind)", let others = byName["\(trunk)attn_pool.kv.\(kind)"] {
        result.append(try stacked([entry, others], "\(pool).attn.in_proj_\(kind)"))
      } else if name == "attn_pool.kv.\(kind)" {
        continue
      } else if let (block, rest) = block(name) {
        result += try self.block(entry, block, rest, kind, byName)
      } else {
        result.append(entry)
      }
    }
    return result
  }

  /// What an entry of a block becomes: one, or none where another takes it in.
  private static func block(
    _ entry: StateDictionary.Entry, _ number: Substring, _ rest: Substring, _ kind: String,
    _ byName: [String: StateDictionary.Entry]
  ) throws -> [StateDictionary.Entry] {
    let path = "visual.transformer.resblocks.\(number)"
    if let target = part(rest, parts) {
      // PyTorch's packed projection has no dot in its name.
      return [entry.renamed("\(path).\(target.replacing("in_proj.", with: "in_proj_"))")]
    }
    let place = "\(trunk)blocks.\(number).attn"
    switch String(rest) {
    case "attn.q_proj.\(kind)":
      guard let values = byName["\(place).v_proj.\(kind)"] else {
        throw InputError("is missing", at: "\(place).v_proj.\(kind)")
      }
      // EVA's keys have no bias.
      let keys =
        byName["\(place).k_proj.\(kind)"]
        ?? StateDictionary.Entry(name: "\(place).k_proj.\(kind)", shape: entry.shape) { [shape = entry.shape] in
          Tensor(zeros: shape)
        }
      return [try stacked([entry, keys, values], "\(path).attn.in_proj_\(kind)")]
    case "attn.k_proj.\(kind)", "attn.v_proj.\(kind)": return []
    default: return [entry]
    }
  }

  private static func part(_ name: some StringProtocol, _ names: [String: String]) -> String? {
    guard let dot = name.lastIndex(of: "."), let target = names[String(name[..<dot])] else { return nil }
    return target + name[dot...]
  }

  private static func block(_ name: String) -> (number: Substring, rest: Substring)? {
    guard name.hasPrefix("blocks.") else { return nil }
    let parts = name.split(separator: ".", maxSplits: 2)
    return parts.count == 3 ? (parts[1], parts[2]) : nil
  }

  /// Matrices, or lists, one below the other.
  private static func stacked(_ parts: [StateDictionary.Entry], _ name: String) throws -> StateDictionary.Entry {
    let columns = parts[0].shape.extents.dropFirst()
    for part in parts where part.shape.rank == 0 || part.shape.extents.dropFirst() != columns {
      throw InputError("does not fit under \(parts[0].name), which is \(parts[0].shape)", at: part.name)
    }
    guard let rows = checkedSum(parts.map { $0.shape[0] }) else {
      throw InputError("has more rows than can be", at: name)
    }
    return StateDictionary.Entry(
      name: name, shape: Shape([rows] + columns), elementType: parts[0].elementType
    ) {
      Tensor(try parts.flatMap { try $0.load().elements }, Shape([rows] + columns))
    }
  }

  private static func checkedSum(_ numbers: [Int]) -> Int? {
    numbers.reduce(Int?.some(0)) { sum, number in
      guard let (value, overflows) = sum?.addingReportingOverflow(number), !overflows else { return nil }
      return value
    }
  }
}

extension StateDictionary.Entry {
  /// The same numbers without axes of one before the last two, or before as many as are wanted.
  fileprivate func withoutLeadingAxes(to rank: Int?) -> Self {
    guard shape.rank == 3 else { return self }
    let kept = Shape(Array(shape.extents.suffix(rank ?? 2)))
    guard kept.count == shape.count else { return self }
    return Self(name: name, shape: kept, elementType: elementType) { try load().reshaped(to: kept) }
  }
}
