import CLIPFiles
import CLIPTensors

/// open_clip's models with an image tower of timm's: a vision transformer (SigLIP's, with attention that pools, among
/// them), or one of the EVA family (EVA-01's, EVA-02's, Perception Encoder's).
enum TimmKeys {
  /// Names that no other layout has. Towers with relative positions have no learned ones, and hybrids' patches come from
  /// convolutions under other names.
  static func recognize(_ names: Set<String>) -> Bool {
    let isTransformer = ["qkv", "q_proj"].contains { names.contains("visual.trunk.blocks.0.attn.\($0).weight") }
    return isTransformer && names.contains("visual.trunk.pos_embed")
      && names.contains("visual.trunk.patch_embed.proj.weight")
      && ["text.token_embedding.weight", "token_embedding.weight"].contains(where: names.contains)
  }

  private static let trunk = "visual.trunk.", pool = "visual.pool"
  /// Names outside the blocks, but for the last norm's, which stands elsewhere where attention pools.
  private static let renamed = [
    "cls_token": "class_embedding", "pos_embed": "positional_embedding", "patch_embed.proj.weight": "conv1.weight",
    "patch_embed.proj.bias": "conv1.bias", "head.weight": "proj.weight", "head.bias": "proj.bias",
    "attn_pool.latent": "pool.latent", "norm_pre.weight": "ln_pre.weight", "norm_pre.bias": "ln_pre.bias",
  ]
  /// Parts of a block, and of the attention that pools.
  private static let parts = [
    "norm1": "ln_1", "norm2": "ln_2", "attn.qkv": "attn.in_proj", "attn.proj": "attn.out_proj",
    "attn.norm": "attn.ln_inner", "mlp.fc1": "mlp.c_fc", "mlp.fc1_x": "mlp.c_fc", "mlp.fc1_g": "mlp.c_gate",
    "mlp.norm": "mlp.ln_inner", "mlp.fc2": "mlp.c_proj", "ls1": "ls_1", "ls2": "ls_2",
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
      // A head behind the trunk has its own projection, which is stored transposed.
      if entry.name == "visual.head.proj.weight" {
        result.append(entry.transposed("visual.proj"))
        continue
      }
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
    let place = "\(trunk)blocks.\(number).attn"
    if let target = part(rest, parts) {
      // PyTorch's packed projection has no dot in its name.
      let packed = entry.renamed("\(path).\(target.replacing("in_proj.", with: "in_proj_"))")
      guard rest == "attn.qkv.weight", byName["\(place).qkv.bias"] == nil else { return [packed] }
      return [packed, try packedBias(of: entry, place, byName).renamed("\(path).attn.in_proj_bias")]
    }
    switch String(rest) {
    case "attn.q_bias", "attn.v_bias": return []
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

  /// The biases beside a packed weight that has none of its own name: EVA-01's queries and values have some; zero else.
  private static func packedBias(
    of weight: StateDictionary.Entry, _ place: String, _ byName: [String: StateDictionary.Entry]
  ) throws -> StateDictionary.Entry {
    guard weight.shape.rank == 2, weight.shape[0] % 3 == 0 else {
      throw InputError("expected queries, keys and values, found \(weight.shape)", at: weight.name)
    }
    let inner = weight.shape[0] / 3
    let parts = try ["q_bias", "k_bias", "v_bias"].map { kind in
      guard let entry = byName["\(place).\(kind)"] else {
        return StateDictionary.Entry(name: "\(place).\(kind)", shape: [inner]) { Tensor(zeros: [inner]) }
      }
      guard entry.shape == [inner] else {
        throw InputError("expected [\(inner)], found \(entry.shape)", at: entry.name)
      }
      return entry
    }
    return try stacked(parts, "\(place).in_proj_bias")
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
