import CLIPFiles
public import CLIPTensors
import CLIPWeights

/// Features of pictures and texts with what they are of, as `carbonclip embed` writes them and `carbonclip find` reads them.
public struct FeatureFile: Sendable {
  /// `[pictures, embed]`, unit length; nil where there are none.
  public var image: Tensor?
  /// `[texts, embed]`, unit length; nil where there are none.
  public var text: Tensor?
  /// Each picture's name.
  public var keys: [String] = []
  /// The texts.
  public var captions: [String] = []
  /// For each text the picture that it belongs to; -1 for a text that belongs to none.
  public var owner: [Int] = []
  /// Each picture's class, where the data has classes; else empty.
  public var labels: [Int] = []
  /// What else the file says: the model, the data, the arithmetic.
  public var notes: [String: String] = [:]

  /// Features to be filled in.
  public init() {}

  /// A data set's features.
  public init(_ features: FeatureExtraction.Features) {
    image = features.image
    keys = features.keys
    if !features.owner.isEmpty {
      text = features.text
      captions = features.captions
      owner = features.owner
    }
    let known = features.labels.compactMap { $0 }
    if known.count == keys.count { labels = known }
    notes["data_fingerprint"] = "\(features.fingerprint)"
  }

  /// Adds texts that belong to no picture.
  /// - Parameter features: `[texts, embed]`
  public mutating func add(texts: [String], _ features: Tensor) {
    captions += texts
    owner += texts.map { _ in -1 }
    guard let text else {
      self.text = features
      return
    }
    self.text = Tensor(text.elements + features.elements, [captions.count, features.shape[1]])
  }

  /// Whether every number is finite.
  public var isFinite: Bool { (image?.isFinite ?? true) && (text?.isFinite ?? true) }

  /// The kinds of file that features are written in, told by the ending.
  public enum Kind: String, CaseIterable, Sendable {
    /// Tensors, with names and texts in the header: the one that `find` reads.
    case safetensors
    /// All arrays in one archive of NumPy's.
    case npz
    /// The features alone, as one array of NumPy's; names and texts stand in a JSON file beside it.
    case npy

    /// - Throws: ``InputError`` for a path with another ending.
    public init(path: String) throws {
      let name = Folder.name(of: path)
      guard let kind = Self.allCases.first(where: { name.lowercased().hasSuffix(".\($0.rawValue)") }) else {
        let ending = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last
        throw InputError(
          ending.map { "features are not written as .\($0)" } ?? "has no ending that says how to write features",
          file: path, advice: "end its name in .safetensors, .npz or .npy")
      }
      self = kind
    }
  }
}
