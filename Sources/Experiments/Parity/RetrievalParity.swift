import CLIPEvaluation
public import CLIPCompute
import CLIPFiles
import CLIPTensors
import CLIPWeights

/// Holds retrieval metrics against CLIP_benchmark's and open_clip's on recorded features.
///
/// A fixture folder holds `retrieval.safetensors` (`CASE.image`, `CASE.text`, `CASE.owner`) and `retrieval.json`
/// (metrics by case).
public enum RetrievalParity {
  /// The recorded shares are float32, and so compared.
  static let tolerance = 0.0

  /// - Throws: ``InputError`` when the folder does not hold such fixtures.
  public static func run(_ folder: String, on pool: ThreadPool) throws -> ParityReport {
    let recorded = "\(folder)/retrieval.safetensors"
    let file = try SafetensorsFile(path: recorded)
    let path = "\(folder)/retrieval.json"
    guard let cases = try JSONParser.parse(file: path).objectValue else {
      throw InputError("expected an object of cases", file: path)
    }
    var report = ParityReport(fixture: Folder.name(of: folder))
    for (name, expected) in cases.pairs {
      let metrics = try namingFile(recorded) {
        try RetrievalMetrics(
          image: try file.tensor("\(name).image"), text: try file.tensor("\(name).text"),
          owner: try file.integers("\(name).owner"), on: pool)
      }
      for (metric, value) in expected.objectValue?.pairs ?? [] {
        guard let ours = figure(metric, metrics), let theirs = value.doubleValue else { continue }
        report.compare("\(name).\(metric)", [Float(ours)], [Float(theirs)], tolerance: tolerance)
      }
    }
    return report
  }

  private static func figure(_ name: String, _ metrics: RetrievalMetrics) -> Double? {
    switch name {
    case "image_to_text_mean_rank": return metrics.textRankSummary.mean
    case "image_to_text_median_rank": return metrics.textRankSummary.median
    case "text_to_image_mean_rank": return metrics.imageRankSummary.mean
    case "text_to_image_median_rank": return metrics.imageRankSummary.median
    default: break
    }
    guard let at = name.lastIndex(of: "@"), let k = Int(name[name.index(after: at)...]) else { return nil }
    switch name[..<at] {
    case "image_retrieval_recall", "text_to_image_R": return metrics.imageRecall(at: k)
    case "text_retrieval_recall", "image_to_text_R": return metrics.textRecall(at: k)
    default: return nil
    }
  }
}
