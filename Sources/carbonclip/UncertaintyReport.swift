import CLIPCarbonFootprint
import CLIPFiles
import CLIPUnits

/// What is known of each design's carbon, and which of two is greener how probably.
struct UncertaintyReport {
  private let study: UncertaintyStudy
  private let names: [String]

  init(_ study: UncertaintyStudy, names: [String]) {
    self.study = study
    self.names = names
  }

  var text: String {
    let bands = study.bands()
    var table = Table(["total carbon", "stated", "5 %", "median", "95 %", "greenest in"])
    for (name, band) in zip(names, bands) {
      table.add([
        name, "\(band.stated)", "\(band.low)", "\(band.median)", "\(band.high)",
        Figures.percent(band.shareGreenest),
      ])
    }
    var lines = [table.shown]
    if (2...6).contains(bands.count) {
      lines.append("")
      for first in bands.indices {
        for second in bands.indices where second > first {
          let probability = study.probability(that: first, isGreenerThan: second)
          let (a, b, share) =
            probability >= 0.5 ? (first, second, probability) : (second, first, 1 - probability)
          lines.append("\(names[a]) is greener than \(names[b]) in \(Figures.percent(share)) of draws")
        }
      }
    }
    lines.append(
      "\n\(study.draws) draws, seed \(study.seed), ranges of the scenario; errors that designs share cancel between them"
    )
    return lines.joined(separator: "\n")
  }
}
