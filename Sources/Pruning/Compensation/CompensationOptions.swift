import CLIPFiles

/// What is done to the weights that stay so that they make up for those that went. Nothing here is training: every step
/// has a closed form, over the calibration set's statistics.
public struct CompensationOptions: Equatable, Sendable {
  /// The mean of what is missing goes into the bias after it (FLAP, arXiv:2312.11983, section 3.3).
  public var foldsMean = true
  /// Matrices that read what was thinned out, and those that write a branch, are fitted to the dense model's sums by
  /// ridge regression (CORP, arXiv:2602.05243; GRAIL, arXiv:2602.23795).
  public var refitsMatrices = true
  /// Gains and biases of layer norms over fewer channels are fitted to the dense norms' outputs.
  public var refitsLayerNorms = true
  /// Targets are what the dense *stream* holds, so that each branch also corrects what the blocks before it got wrong;
  /// else they are what the dense branch adds.
  public var correctsStream = true
  /// A shorter embedding holds the features' principal components instead of some of their dimensions.
  public var rotates = true
  /// The logit scale follows the teacher's affinities by a line search.
  public var fitsLogitScale = true
  /// The ridge, as a share of the Gram matrix's mean diagonal. GRAIL's is 1e-3; a tenth of it measured better here with a
  /// thousand pairs and more (docs/pruning.md).
  public var ridge = 1e-4

  /// Everything on.
  public init() {}

  /// Nothing is done: the weights that stay stay as they are.
  public static var none: CompensationOptions {
    var options = CompensationOptions()
    for part in parts { options[keyPath: part.path] = false }
    return options
  }

  /// Whether anything is on that looks at image-text pairs.
  var needsData: Bool { foldsMean || refitsMatrices || refitsLayerNorms || rotates || fitsLogitScale }

  /// Each switch with its name on the command line.
  static let parts: [(name: String, path: WritableKeyPath<CompensationOptions, Bool> & Sendable)] = [
    ("mean", \.foldsMean), ("ridge", \.refitsMatrices), ("layernorm", \.refitsLayerNorms), ("stream", \.correctsStream),
    ("rotation", \.rotates), ("logit-scale", \.fitsLogitScale),
  ]

  /// The switches' names.
  public static var names: [String] { parts.map(\.name) }

  /// `all`, `none`, or some of ``names`` with commas between; `all,-rotation` leaves one out.
  /// - Throws: ``InputError`` naming the nearest switch.
  public init(parsing text: String) throws {
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
    self = words.first == "all" ? CompensationOptions() : .none
    for word in words where word != "all" && word != "none" {
      let isOff = word.hasPrefix("-"), name = isOff ? String(word.dropFirst()) : word
      guard let part = Self.parts.first(where: { $0.name == name }) else {
        throw InputError(
          "no compensation \(name.quoted())", advice: Suggestion.advice(for: name, among: ["all", "none"] + Self.names))
      }
      self[keyPath: part.path] = !isOff
    }
  }

  /// The switches that are on, as ``init(parsing:)`` takes them.
  public var description: String {
    let on = Self.parts.filter { self[keyPath: $0.path] }.map(\.name)
    return on.isEmpty ? "none" : on.count == Self.parts.count ? "all" : on.joined(separator: ",")
  }
}
