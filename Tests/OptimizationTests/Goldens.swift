import CLIPFiles
import Foundation
import Testing

/// Figures of other programs (`Fixtures/README.md`).
struct Goldens: Decodable {
  struct Process: Decodable {
    let inputs: [[Double]]
    let outputs: [Double]
    let noise: [Double]
    let lengthscales: [Double]
    let signalVariance: Double
    let noiseVariance: Double
    let places: [[Double]]
    let means: [Double]
    let covariance: [[Double]]
    let logMarginalLikelihood: Double
  }
  struct Row: Decodable {
    let point: [Int]
    let values: [Double]
    let violations: [Double]
  }
  struct Volume: Decodable {
    let points: [[Double]]
    let reference: [Double]
    let volume: Double
  }
  let process: Process
  let problems: [String: [Row]]
  let volumes: [Volume]
  let sobol: [[Double]]
  let quantiles: [[Double]]
  let logExpectedExcess: [[Double]]

  static func load() throws -> Goldens {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures/goldens.json")
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: path))
  }
}

/// The largest difference of two lists.
func difference(_ a: [Double], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}
