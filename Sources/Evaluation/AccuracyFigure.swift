internal import CLIPFiles

/// A figure that may stand for a model's accuracy: recall among the first K, or a share of pictures whose class is told.
public enum AccuracyFigure: Hashable, Sendable, CustomStringConvertible {
  /// The mean of both directions' recall among the first so many.
  case recall(Int)
  /// Of captions, whose image is looked for.
  case imageRecall(Int)
  /// Of images, one of whose captions is looked for.
  case textRecall(Int)
  /// The share of images whose class is among the first so many.
  case accuracy(Int)
  /// The mean over classes of the share of their images that are recognized.
  case meanPerClass

  /// As many of the first as may be asked for.
  public static let range = 1...1000

  /// A figure by CLIP_benchmark's name, or a shorter one: `recall@5`, `image_retrieval_recall@5`, `acc1`, `acc5`,
  /// `mean_per_class_recall`.
  /// - Throws: `InputError` with what is known.
  public init(parsing name: String) throws {
    let words = name.split(separator: "@", maxSplits: 1).map(String.init)
    func count(_ word: String?) throws -> Int {
      guard let word, let count = Int(word), Self.range.contains(count) else {
        throw InputError(
          "metric \(name.quoted()): expected a number from \(Self.range.lowerBound) to \(Self.range.upperBound)",
          advice: "such as recall@5 or acc5")
      }
      return count
    }
    switch words.first?.replacing("-", with: "_") ?? "" {
    case "recall", "mean_recall": self = .recall(try count(words.count > 1 ? words[1] : nil))
    case "image_recall", "image_retrieval_recall": self = .imageRecall(try count(words.count > 1 ? words[1] : nil))
    case "text_recall", "text_retrieval_recall": self = .textRecall(try count(words.count > 1 ? words[1] : nil))
    case "mean_per_class", "mean_per_class_recall": self = .meanPerClass
    case let word where word.hasPrefix("acc") && words.count == 1 && word.dropFirst(3).allSatisfy(\.isNumber):
      self = .accuracy(try count(String(word.dropFirst(3))))
    default:
      throw InputError(
        "unknown metric \(name.quoted())",
        advice: Suggestion.advice(
          for: name, among: ["recall@1", "image_recall@1", "text_recall@1", "acc1", "acc5", "mean_per_class_recall"]))
    }
  }

  /// As CLIP_benchmark's files spell it.
  public var description: String {
    switch self {
    case .recall(let k): "mean_recall@\(k)"
    case .imageRecall(let k): MetricName.imageRecall(at: k)
    case .textRecall(let k): MetricName.textRecall(at: k)
    case .accuracy(let k): "acc\(k)"
    case .meanPerClass: MetricName.meanPerClassRecall
    }
  }

  /// For people: `mean recall@1`, `acc1`, `mean per class recall`.
  public var title: String {
    switch self {
    case .recall(let k): "mean recall@\(k)"
    case .imageRecall(let k): "image recall@\(k)"
    case .textRecall(let k): "text recall@\(k)"
    case .accuracy(let k): "acc\(k)"
    case .meanPerClass: "mean per class recall"
    }
  }

  /// Whether it is of pictures with classes, rather than with captions.
  public var isOfClasses: Bool {
    switch self {
    case .accuracy, .meanPerClass: true
    case .recall, .imageRecall, .textRecall: false
    }
  }

  /// What stands for accuracy where nothing is said.
  public static func standard(ofClasses: Bool) -> AccuracyFigure { ofClasses ? .accuracy(1) : .recall(1) }
}
