/// CLIP_benchmark's names of metrics, as files and logs spell them.
public enum MetricName {
  /// The share of captions whose own image is among the first `k`.
  public static func imageRecall(at k: Int) -> String { "image_retrieval_recall@\(k)" }
  /// The share of images with one of their captions among the first `k`.
  public static func textRecall(at k: Int) -> String { "text_retrieval_recall@\(k)" }
  /// The mean of both directions' recall@1.
  public static let meanRecall = "mean_recall@1"
  /// The share of images whose class is the first.
  public static let accuracy = "acc1"
  /// The share of images whose class is among the first five.
  public static let topFive = "acc5"
  /// The mean over classes of the share of their images that are recognized.
  public static let meanPerClassRecall = "mean_per_class_recall"
  /// Those that stand for a model's accuracy: every result has one of them.
  public static let headlines = [meanRecall, accuracy]
}
