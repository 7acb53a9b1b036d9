internal import CLIPFiles
public import CLIPSearch
internal import CLIPUnits

/// The front of a search as aligned text for terminals: a line a design, every figure with its unit.
public struct SearchTable: Sendable {
  private let summary: SearchSummary

  /// - Parameter summary: whose front is shown
  public init(_ summary: SearchSummary) { self.summary = summary }

  /// The table; a sentence where the front is empty. No line break at its end.
  public var text: String { text(width: nil) }

  /// The same for a terminal of so many characters: the least columns are left out, and a line says so; nil for any.
  public func text(width: Int?) -> String {
    guard !summary.front.isEmpty else { return SearchText.line(summary.reason(for: .front)) }
    let header = [
      "", "trial", "accuracy", "carbon", "5-95 %", "latency", "energy", "area", "parameters", "accelerator", "model",
    ]
    let rows = summary.front.enumerated().map { index, point in
      [
        (point.isChosen ? "* " : "  ") + SearchText.letter(index), "\(point.trial)",
        SearchText.accuracy(point.measurement?.accuracy(summary.question.precision)),
        SearchText.text(point.costs.carbon),
        SearchText.text(point.band), SearchText.text(point.costs.latency), SearchText.text(point.costs.energy),
        SearchText.text(point.costs.area), SearchText.large(point.measurement?.parameters),
        SearchText.line(point.accelerator),
        SearchText.line(point.model),
      ]
    }
    var table = Table(header, words: [0, 9, 10], least: [9, 7, 4, 8, 1, 6])
    for row in rows { table.add(row) }
    var text = table.text(width: width)
    if summary.front.contains(where: \.isChosen) { text += "\n* recommended" }
    text += "\naccuracy: \(SearchText.line(summary.accuracyTitle)) on the validation data, one standard error"
    if let tested = summary.testSentence { text += "\n\(tested)" }
    return text + summary.allWarnings.map { "\nwarning: \(SearchText.line($0))" }.joined()
  }
}

extension SearchSummary {
  /// How the other axes of an axis' effect stand.
  static let otherAxes = "as the answer has them"

  /// The accuracy that counted, with its arithmetic: `mean recall@1, int8`.
  var accuracyTitle: String { "\(Question.accuracyName), \(question.precisionName)" }

  /// The dense model, where it is not a point of the front itself.
  var denseAside: Point? { front.contains { isDense($0) } ? nil : dense }

  /// Whether a point is the dense model on its accelerator.
  func isDense(_ point: Point) -> Bool {
    dense.map { $0.trial == point.trial && $0.accelerator == point.accelerator } ?? false
  }

  /// The design that the search recommends.
  var chosen: Point? { front.first(where: \.isChosen) }

  /// Why a part is empty.
  func reason(for part: Part) -> String {
    if let reason = reasons[part], !reason.isEmpty { return reason }
    let measured = trials.filter { $0.state == .done || $0.state == .infeasible }.count
    switch part {
    case .trials: return "No trial was made yet."
    case .front:
      if trials.isEmpty { return "There is no front: no trial was made yet." }
      return measured == 0
        ? "There is no front: none of the \(trials.count) trials has been measured."
        : "There is no front: no accelerator is within the limits for any of the \(measured) shapes that were measured."
    case .comparisons: return "Designs are compared at equal accuracy once the front has some."
    case .objectives: return "Objectives are compared once a trial is within the limits."
    case .hypervolume: return "The growth of the front was not recorded."
    case .fit: return "Too few trials were measured to judge predictions by leaving one out."
    case .axisEffects: return "Too few trials were measured to tell what each axis costs."
    case .sensitivity: return "No other scenario was tried on the recommended design."
    case .testAccuracies: return "The answers were not measured on data that the search never saw."
    case .footprint: return "Energy and carbon of the search were not recorded."
    }
  }
}
