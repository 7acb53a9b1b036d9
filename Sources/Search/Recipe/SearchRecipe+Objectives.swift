internal import CLIPAssessment
internal import CLIPFiles

/// What a search makes small, and what it keeps to.
extension SearchRecipe {
  static func metrics(_ names: [String]?, _ mode: SearchMode, place: String) throws -> ([Metric], Bool) {
    guard let names else { return (mode.metrics, false) }
    var metrics: [Metric] = [], hasAccuracy = false
    for name in names {
      if name == "accuracy" { hasAccuracy = true; continue }
      do { metrics.append(try Metric.named(name)) } catch var error as InputError {
        error.location = place
        throw error
      }
    }
    guard !metrics.isEmpty, Set(metrics).count == metrics.count else {
      throw InputError("\(place): objectives must name one or more different metrics beside accuracy")
    }
    guard hasAccuracy || mode == .allHardware else {
      throw InputError("\(place): accuracy is missing from objectives", advice: "without it the smallest model wins")
    }
    guard metrics.count <= 3 else {
      throw InputError(
        "\(place): at most three metrics beside accuracy, found \(metrics.count)", advice: "make one a limit")
    }
    return (metrics, hasAccuracy)
  }

  static func limits(_ texts: [String], place: String) throws -> ([Limit], Double) {
    var limits: [Limit] = [], least = 0.0
    for text in texts {
      guard text.hasPrefix("accuracy") else {
        limits.append(try Limit(text, origin: place))
        continue
      }
      let rest = text.dropFirst("accuracy".count).filter { $0 != " " }
      guard rest.hasPrefix(">"), let share = Percentage(rest.drop { $0 == ">" || $0 == "=" }),
        (0..<1).contains(share.value)
      else {
        throw InputError(
          "\(place): \(text.quoted()) is no limit of accuracy", advice: "write it as \"accuracy >= 40 %\"")
      }
      least = max(least, share.value)
    }
    guard Set(limits.map(\.metric)).count == limits.count else {
      throw InputError("\(place): a metric is limited twice")
    }
    return (limits, least)
  }
}

/// `40 %` or `0.4`.
struct Percentage {
  let value: Double

  init?(_ text: Substring) {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? text.dropLast() : text), number.isFinite else { return nil }
    value = isPercent ? number / 100 : number
  }
}
