import CarbonCLIPKit

/// A metric of our own: how much nearer a picture is to its own caption than to the mean caption, as a cosine.
struct Margin: AccuracyMetric {
  let name = "margin"

  func accuracy(of features: FeatureExtraction.Features, on pool: ThreadPool) throws -> MeasuredAccuracy {
    let width = features.image.shape[1], images = features.image.elements, texts = features.text.elements
    func cosine(_ image: Int, _ text: Int) -> Double {
      (0..<width).reduce(0) { $0 + Double(images[image * width + $1] * texts[text * width + $1]) }
    }
    let margins = features.owner.indices.map { text in
      let all = features.owner.indices.reduce(0) { $0 + cosine(features.owner[text], $1) }
      return cosine(features.owner[text], text) - all / Double(features.owner.count)
    }
    return MeasuredAccuracy(margins.reduce(0, +) / Double(margins.count))
  }
}
