internal import CLIPFiles
internal import CLIPModelShapes

/// A transformer that is not CLIP, as plain data: an encoder such as BERT or ViT, or a decoder such as Llama.
///
/// Sources of the shapes: Devlin et al. (arXiv:1810.04805); Dosovitskiy et al. (arXiv:2010.11929); Touvron et al.
/// (arXiv:2307.09288); Grattafiori et al. (arXiv:2407.21783).
public struct PlainTransformer: Workload, Equatable {
  /// What is fed to a model.
  public enum Input: Equatable, Sendable {
    /// So many tokens at once: an encoder's pass, or a decoder's reading of its prompt.
    case tokens(Int)
    /// One more token after so many: their keys and values are in DRAM.
    case next(after: Int)
  }

  /// The name, as the command line knows it.
  public let name: String
  /// What it is fed.
  public let input: Input

  let layers: Int, width: Int, heads: Int, keyHeads: Int, headWidth: Int, hidden: Int
  /// A gate beside the hidden layer (SwiGLU), norms without means, rotated positions, no biases: Llama's ways.
  let isLlama: Bool
  /// What stands before the blocks and after them, by parameters.
  let embeddingParameters: Int, outputParameters: Int
  /// Outputs of the last product, and for how many tokens it is computed.
  let outputs: Int, outputRows: Int
  /// The patches of an image; nil for a model of texts.
  let patch: (size: Int, side: Int)?
  /// The most tokens that the model knows positions for.
  let mostTokens: Int

  /// The names there are.
  public static let names = ["BERT-base", "ViT-B-16-classifier", "Llama-2-7B", "Llama-3.1-8B"]
  /// Tokens where nothing is said.
  public static let standardTokens = 128

  /// Of one name and fed the same: the sizes follow from these.
  public static func == (a: PlainTransformer, b: PlainTransformer) -> Bool { a.name == b.name && a.input == b.input }

  /// A model by name; nil where there is none of that name.
  /// - Parameters:
  ///   - tokens: what it is fed; the number of patches where it is a model of images
  ///   - decodes: one more token after so many, of a decoder
  /// - Throws: `InputError` for numbers that the model cannot take.
  public init?(named name: String, tokens: Int? = nil, decodes: Bool = false) throws {
    guard Self.names.contains(name) else { return nil }
    self.name = name
    let isImage = name == "ViT-B-16-classifier"
    isLlama = name.hasPrefix("Llama")
    if isImage, tokens != nil { throw InputError("--tokens has no meaning for \(name): an image is 197") }
    if decodes, !isLlama { throw InputError("--decode has no meaning for \(name): it is no decoder") }
    let count = isImage ? 197 : tokens ?? Self.standardTokens
    switch name {
    case "Llama-2-7B":
      (layers, width, heads, keyHeads, headWidth, hidden) = (32, 4096, 32, 32, 128, 11008)
      (embeddingParameters, outputParameters, outputs, mostTokens) = (32000 * 4096, 32000 * 4096 + 4096, 32000, 4096)
    case "Llama-3.1-8B":
      (layers, width, heads, keyHeads, headWidth, hidden) = (32, 4096, 32, 8, 128, 14336)
      (embeddingParameters, outputParameters, outputs) = (128_256 * 4096, 128_256 * 4096 + 4096, 128_256)
      mostTokens = 131_072
    default:
      (layers, width, heads, keyHeads, headWidth, hidden) = (12, 768, 12, 12, 64, 3072)
      if isImage {
        // Patches, class token, positions; last norm and classifier.
        embeddingParameters = 768 * 3 * 256 + 768 + 768 + 197 * 768
        (outputParameters, outputs, mostTokens) = (2 * 768 + 768 * 1000 + 1000, 1000, 197)
      } else {
        // Words, positions, segments, a norm; the pooler.
        embeddingParameters = (30522 + 512 + 2) * 768 + 2 * 768
        (outputParameters, outputs, mostTokens) = (768 * 768 + 768, 768, 512)
      }
    }
    guard (1...mostTokens).contains(count) else {
      throw InputError("--tokens must be from 1 to \(mostTokens) for \(name), found \(count)")
    }
    input = decodes ? .next(after: count) : .tokens(count)
    // Only the last token's, or the class token's, output is wanted.
    outputRows = 1
    patch = isImage ? (16, 14) : nil
  }

  /// What is fed at once: `128 tokens`, `one image` or `one token after 128`.
  public var inference: String {
    switch input {
    case .tokens(let count): patch == nil ? "\(count) tokens" : "one image"
    case .next(let count): "one token after \(count)"
    }
  }

  /// Parameters of embeddings, blocks and output, counted from the shape; one byte each on the accelerator.
  public var parameterCount: Int {
    let attention = heads * headWidth, keys = keyHeads * headWidth
    var block = width * (attention + 2 * keys) + attention * width + (isLlama ? 3 : 2) * width * hidden
    if isLlama {
      block += 2 * width
    } else {
      block += attention + 2 * keys + width + hidden + width + 4 * width
    }
    return embeddingParameters + layers * block + outputParameters
  }

  /// Embeddings, blocks, the last norm where there is one, and the output for one token. Blocks are listed once, their
  /// number in the count.
  public var operations: OperationList {
    let tower: Operation.Tower = patch == nil ? .text : .image
    let rows: Int, context: Int
    switch input {
    case .tokens(let count): (rows, context) = (count, count)
    case .next(let count): (rows, context) = (1, count + 1)
    }
    let elements = rows * width
    var list: [Operation] = []
    if let patch {
      list.append(
        Operation(
          "patch convolution", tower, .embeddings,
          .patchConvolution(PatchConvolution(outputs: width, patch: patch.size, side: patch.side)), result: .stream))
    }
    if !isLlama {
      list.append(.vector("position", tower, .embeddings, .add, elements, smallerOperand: elements))
    }
    if patch == nil, !isLlama {
      list.append(.vector("layer norm", tower, .embeddings, .layerNorm, elements, rowLength: width))
    }
    list += block(tower, rows: rows, context: context).map { operation in
      var repeated = operation
      repeated.count *= layers
      return repeated
    }
    if patch != nil || isLlama { list += norm(tower, .output, rows: outputRows) }
    list.append(
      Operation(
        isLlama ? "vocabulary" : patch == nil ? "pooler" : "classifier", tower, .output,
        .matrixProduct(MatrixProduct(rows: outputRows, outputs: outputs, reduced: width)), result: .floats))
    return OperationList(list)
  }

  private func norm(_ tower: Operation.Tower, _ part: Operation.Part, rows: Int) -> [Operation] {
    guard isLlama else { return [.vector("layer norm", tower, part, .layerNorm, rows * width, rowLength: width)] }
    // Root mean square: a sum of squares a row, then a scale (arXiv:1910.07467).
    return [
      .vector("norm", tower, part, .euclideanNorm, rows * width, rowLength: width),
      .vector("normalize", tower, part, .multiply, rows * width, smallerOperand: width),
    ]
  }

  private func block(_ tower: Operation.Tower, rows: Int, context: Int) -> [Operation] {
    let attention = heads * headWidth, keys = keyHeads * headWidth, elements = rows * width
    func product(
      _ name: String, _ part: Operation.Part, _ outputs: Int, _ reduced: Int, count: Int = 1,
      gives result: Operation.Result
    ) -> Operation {
      Operation(
        name, tower, part, .matrixProduct(MatrixProduct(rows: rows, outputs: outputs, reduced: reduced)), count: count,
        result: result)
    }
    // Llama turns queries and keys, as floats.
    let turned: Operation.Result = isLlama ? .floats : .operand
    var list = norm(tower, .attention, rows: rows)
    if keyHeads == heads {
      list.append(product("query, key, value", .attention, attention, width, count: 3, gives: turned))
    } else {
      list.append(product("query", .attention, attention, width, gives: turned))
      list.append(product("key, value", .attention, keys, width, count: 2, gives: turned))
    }
    if isLlama {
      // Pairs of elements are turned: two products and a sum each.
      list += [
        .vector("rotate", tower, .attention, .multiply, rows * (attention + keys), count: 2),
        .vector(
          "rotate sum", tower, .attention, .add, rows * (attention + keys), smallerOperand: rows * (attention + keys)),
      ]
    }
    list += scores(tower, rows: rows, context: context)
    list += [
      product("attention output", .attention, width, attention, gives: .stream),
      .vector("residual", tower, .attention, .add, elements, smallerOperand: elements),
    ]
    list += norm(tower, .feedForward, rows: rows)
    if isLlama {
      list += [
        product("gate, up", .feedForward, hidden, width, count: 2, gives: .gate),
        .vector("sigmoid", tower, .feedForward, .sigmoid, rows * hidden),
        .vector("gate", tower, .feedForward, .multiply, rows * hidden, smallerOperand: rows * hidden, count: 2),
      ]
    } else {
      list += [
        product("up", .feedForward, hidden, width, gives: .gate),
        .vector("GELU", tower, .feedForward, .gelu, rows * hidden),
      ]
    }
    list += [
      product("down", .feedForward, width, hidden, gives: .stream),
      .vector("residual", tower, .feedForward, .add, elements, smallerOperand: elements),
    ]
    return list
  }

  /// Scores, softmax, context. Heads that share keys are rows of one product.
  ///
  /// Keys and values of earlier tokens come from DRAM for every token, as weights do: there they are priced as weights, a
  /// head at a time.
  private func scores(_ tower: Operation.Tower, rows: Int, context: Int) -> [Operation] {
    let sharing = heads / keyHeads
    var isCached = false
    if case .next = input { isCached = true }
    func product(_ name: String, _ outputs: Int, _ reduced: Int, gives result: Operation.Result) -> Operation {
      Operation(
        name, tower, .attention,
        .matrixProduct(
          MatrixProduct(
            batches: isCached ? 1 : keyHeads, rows: rows * sharing, outputs: outputs, reduced: reduced,
            hasWeights: isCached)), count: isCached ? keyHeads : 1, result: result)
    }
    return [
      product("scores", context, headWidth, gives: .scores),
      .vector("softmax", tower, .attention, .softmax, heads * rows * context, rowLength: context),
      product("context", headWidth, context, gives: .operand),
    ]
  }
}
