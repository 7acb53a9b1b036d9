import CLIPFiles
import CLIPModelShapes
import CLIPTensors

/// Hugging Face transformers' `CLIPModel` and `SiglipModel`: separate queries, keys and values; of CLIP, projections stored
/// transposed.
struct HuggingFaceKeys {
  typealias Pair = (huggingFace: String, openCLIP: String)
  /// Names that stand for one another, shapes alike.
  private let renamed: [Pair]
  private let transposed: [Pair]
  /// Names whose shapes have axes of one more in transformers.
  private let reshaped: [(huggingFace: String, openCLIP: String, axes: Int)]

  /// What both models have.
  private static let common: [Pair] = [
    ("vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"),
    ("vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
    ("text_model.embeddings.token_embedding.weight", "token_embedding.weight"),
    ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
    ("text_model.final_layer_norm.weight", "ln_final.weight"),
    ("text_model.final_layer_norm.bias", "ln_final.bias"),
  ]
  /// `CLIPModel`'s names.
  static let clip = HuggingFaceKeys(
    renamed: common + [
      ("logit_scale", "logit_scale"),
      ("vision_model.embeddings.class_embedding", "visual.class_embedding"),
      // transformers spells it so.
      ("vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"),
      ("vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"),
      ("vision_model.post_layernorm.weight", "visual.ln_post.weight"),
      ("vision_model.post_layernorm.bias", "visual.ln_post.bias"),
    ],
    transposed: [("visual_projection.weight", "visual.proj"), ("text_projection.weight", "text_projection")],
    reshaped: [])
  /// `SiglipModel`'s names, whose head pools by attention.
  static let sigLIP = HuggingFaceKeys(
    renamed: common + [
      ("vision_model.embeddings.patch_embedding.bias", "visual.conv1.bias"),
      ("vision_model.post_layernorm.weight", "visual.pool.ln_1.weight"),
      ("vision_model.post_layernorm.bias", "visual.pool.ln_1.bias"),
      ("vision_model.head.attention.in_proj_weight", "visual.pool.attn.in_proj_weight"),
      ("vision_model.head.attention.in_proj_bias", "visual.pool.attn.in_proj_bias"),
      ("vision_model.head.attention.out_proj.weight", "visual.pool.attn.out_proj.weight"),
      ("vision_model.head.attention.out_proj.bias", "visual.pool.attn.out_proj.bias"),
      ("vision_model.head.layernorm.weight", "visual.pool.ln_2.weight"),
      ("vision_model.head.layernorm.bias", "visual.pool.ln_2.bias"),
      ("vision_model.head.mlp.fc1.weight", "visual.pool.mlp.c_fc.weight"),
      ("vision_model.head.mlp.fc1.bias", "visual.pool.mlp.c_fc.bias"),
      ("vision_model.head.mlp.fc2.weight", "visual.pool.mlp.c_proj.weight"),
      ("vision_model.head.mlp.fc2.bias", "visual.pool.mlp.c_proj.bias"),
      ("text_model.head.weight", "text_projection.weight"), ("text_model.head.bias", "text_projection.bias"),
    ], transposed: [],
    reshaped: [
      ("logit_scale", "logit_scale", 1), ("logit_bias", "logit_bias", 1),
      ("vision_model.head.probe", "visual.pool.latent", 1),
    ])
  private static let towers: [Pair] = [
    ("vision_model.encoder.layers.", "visual.transformer.resblocks."),
    ("text_model.encoder.layers.", "transformer.resblocks."),
  ]
  /// Names inside a block.
  private static let inBlock: [Pair] = [
    ("layer_norm1.weight", "ln_1.weight"), ("layer_norm1.bias", "ln_1.bias"),
    ("self_attn.out_proj.weight", "attn.out_proj.weight"), ("self_attn.out_proj.bias", "attn.out_proj.bias"),
    ("layer_norm2.weight", "ln_2.weight"), ("layer_norm2.bias", "ln_2.bias"),
    ("mlp.fc1.weight", "mlp.c_fc.weight"), ("mlp.fc1.bias", "mlp.c_fc.bias"),
    ("mlp.fc2.weight", "mlp.c_proj.weight"), ("mlp.fc2.bias", "mlp.c_proj.bias"),
  ]
  private static let merged = ["q_proj", "k_proj", "v_proj"]
  /// Buffers that count from 0 upwards.
  private static let buffers: Set<String> = [
    "vision_model.embeddings.position_ids", "text_model.embeddings.position_ids",
  ]

  /// Names that are not known keep theirs, and are reported as unexpected when the model is loaded.
  func toOpenCLIP(_ entries: [StateDictionary.Entry]) throws -> [StateDictionary.Entry] {
    let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    let names = Dictionary(uniqueKeysWithValues: renamed.map { ($0.huggingFace, $0.openCLIP) })
    let transposes = Dictionary(uniqueKeysWithValues: transposed.map { ($0.huggingFace, $0.openCLIP) })
    let reshapes = Dictionary(uniqueKeysWithValues: reshaped.map { ($0.huggingFace, $0) })
    let blockNames = Dictionary(uniqueKeysWithValues: Self.inBlock.map { ($0.huggingFace, $0.openCLIP) })
    var result: [StateDictionary.Entry] = []
    for entry in entries where !Self.buffers.contains(entry.name) {
      if let name = names[entry.name] {
        result.append(entry.renamed(name))
      } else if let name = transposes[entry.name] {
        result.append(entry.transposed(name))
      } else if let target = reshapes[entry.name] {
        result.append(entry.withoutAxes(target.axes).renamed(target.openCLIP))
      } else if let (tower, layer, rest) = Self.block(entry.name) {
        if let name = blockNames[rest] {
          result.append(entry.renamed("\(tower.openCLIP)\(layer).\(name)"))
        } else if let (part, kind) = Self.projection(rest), kind == "weight" || kind == "bias" {
          guard part == Self.merged[0] else { continue }
          let parts = try Self.merged.map { part in
            let name = "\(tower.huggingFace)\(layer).self_attn.\(part).\(kind)"
            guard let entry = byName[name] else { throw InputError("is missing", at: name) }
            return entry
          }
          result.append(try Self.concatenated(parts, "\(tower.openCLIP)\(layer).attn.in_proj_\(kind)"))
        } else {
          result.append(entry)
        }
      } else {
        result.append(entry)
      }
    }
    return result
  }

  /// Splits `vision_model.encoder.layers.3.mlp.fc1.weight` into tower, layer and the name inside the block.
  private static func block(
    _ name: String
  ) -> (tower: Pair, layer: String, rest: String)? {
    guard let tower = towers.first(where: { name.hasPrefix($0.huggingFace) }) else { return nil }
    let parts = name.dropFirst(tower.huggingFace.count).split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    return (tower, String(parts[0]), String(parts[1]))
  }

  private static func projection(_ rest: String) -> (part: String, kind: String)? {
    let parts = rest.split(separator: ".").map(String.init)
    guard parts.count == 3, parts[0] == "self_attn", merged.contains(parts[1]) else { return nil }
    return (parts[1], parts[2])
  }

  /// Queries, keys and values one below the other, as PyTorch's attention has them.
  private static func concatenated(
    _ parts: [StateDictionary.Entry], _ name: String
  ) throws -> StateDictionary.Entry {
    let first = parts[0].shape
    for part in parts where part.shape != first {
      throw InputError("expected \(first), as \(parts[0].name) has, found \(part.shape)", at: part.name)
    }
    guard first.rank > 0, checkedCount([first[0], parts.count]) != nil else {
      throw InputError("expected a matrix or a list, found \(first)", at: parts[0].name)
    }
    return StateDictionary.Entry(
      name: name, shape: Shape([first[0] * parts.count] + first.extents.dropFirst()),
      elementType: parts[0].elementType
    ) {
      Tensor.stacked(try parts.map { try $0.load() })
    }
  }

  /// The tensors of an open_clip state dictionary under transformers' names and in its shapes.
  /// - Throws: ``InputError`` when a parameter is missing or of another shape.
  func toHuggingFace(
    _ model: CLIPConfiguration, load: @escaping (String, Shape) throws -> Tensor, as elementType: ElementType
  ) -> [OutgoingTensor] {
    let list = ParameterList(model).parameters
    var shapes: [String: Shape] = [:]
    for parameter in list { shapes[parameter.name] = Shape(parameter.shape) }
    var result: [OutgoingTensor] = []
    func add(_ name: String, _ from: String) {
      guard let shape = shapes[from] else { return }
      result.append(OutgoingTensor(name, shape, as: elementType) { try load(from, shape) })
    }
    for pair in renamed { add(pair.huggingFace, pair.openCLIP) }
    for (name, from, axes) in reshaped {
      guard let shape = shapes[from] else { continue }
      let larger = Shape(Array(repeating: 1, count: axes) + shape.extents)
      result.append(OutgoingTensor(name, larger, as: elementType) { try load(from, shape).reshaped(to: larger) })
    }
    for pair in transposed {
      guard let shape = shapes[pair.openCLIP] else { continue }
      result.append(
        OutgoingTensor(pair.huggingFace, [shape[1], shape[0]], as: elementType) {
          try load(pair.openCLIP, shape).transposed
        })
    }
    for (tower, layers) in zip(Self.towers, [model.vision.layers, model.text.layers]) {
      for layer in 0..<layers {
        for pair in Self.inBlock {
          add(
            "\(tower.huggingFace)\(layer).\(pair.huggingFace)", "\(tower.openCLIP)\(layer).\(pair.openCLIP)")
        }
        for kind in ["weight", "bias"] {
          let from = "\(tower.openCLIP)\(layer).attn.in_proj_\(kind)"
          guard let shape = shapes[from] else { continue }
          let rows = shape[0] / Self.merged.count
          for (index, part) in Self.merged.enumerated() {
            result.append(
              OutgoingTensor(
                "\(tower.huggingFace)\(layer).self_attn.\(part).\(kind)",
                Shape([rows] + shape.extents.dropFirst()), as: elementType
              ) { try load(from, shape).rows(index * rows..<(index + 1) * rows) })
          }
        }
      }
    }
    return result
  }
}

extension StateDictionary.Entry {
  /// The same numbers without some leading axes of one; as it is where it has others.
  fileprivate func withoutAxes(_ axes: Int) -> Self {
    guard shape.rank >= axes, shape.extents.prefix(axes).allSatisfy({ $0 == 1 }) else { return self }
    let kept = Shape(Array(shape.extents.dropFirst(axes)))
    return Self(name: name, shape: kept, elementType: elementType) { try load().reshaped(to: kept) }
  }
}
