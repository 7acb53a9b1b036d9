internal import CLIPAssessment
internal import CLIPSearch
internal import CLIPUnits

extension SearchPage {
  /// What carbon, latency, energy and multiply-adds each choose at the same accuracy, and how alike their fronts are.
  var objectives: String {
    guard let found = summary.objectives else { return missing(.objectives) }
    let verdicts = found.sentences.map { "<li>\(SearchText.escaped($0))</li>" }.joined(separator: "\n")
    var text = lead(
      "From the trials at hand: the model and the accelerator that each objective chooses among all that are accurate "
        + "enough, and what they cost. Multiply-adds choose a model, not an accelerator: it is given the one of least latency. "
        + "A search for another objective would have tried other models; this says what it would have taken of these.")
    if !verdicts.isEmpty {
      text += "<h3>would another objective have found the answer?</h3>\n<ul class=\"plain\">\(verdicts)</ul>\n"
    }
    var table = PageTable(
      "Choices by objective",
      [
        .init(title: "chosen by", isNumber: false),
        .init(title: "model", isNumber: false, isWide: true), .init(title: found.base.title, below: "against the best"),
      ]
        + Self.others(than: found.base).map { .init(title: $0.title) } + [.init(title: "multiply-adds")])
    table.becomesCards = true
    for level in found.levels {
      for (place, choice) in level.choices.enumerated() {
        let floor = place == 0 ? "<b>accuracy ≥ \(SearchText.percent(level.leastAccuracy))</b><br/>" : ""
        let excess = choice.excess > 0 ? SearchText.change(from: 1, to: 1 + choice.excess) : nil
        table.add(
          [
            "\(floor)\(choice.aim.rawValue)",
            "\(SearchText.name(choice.model))<br/><span class=\"unit\">trial \(choice.trial)</span>",
            PageTable.stacked(Self.text(choice, found.base), excess ?? "the best"),
          ] + Self.others(than: found.base).map { Self.text(choice, $0) } + [SearchText.large(choice.multiplyAdds)],
          attributes: choice.aim.rawValue == found.base.rawValue ? "" : " class=\"aside\"")
      }
    }
    text += table.html
    let overlaps = found.overlaps.map { "\($0.aim.rawValue) \($0.shared)" }.joined(separator: ", ")
    return text
      + lead(
        "Of the \(found.frontSize) models on the front of accuracy and \(found.base.title), so many are on the front of "
          + "another objective too: \(overlaps). Accuracies are those on validation data; choices within two standard errors "
          + "of one another are not told apart by them.")
  }

  /// Where answers stand at the end of an axis, with what to do.
  var walls: String {
    guard !summary.walls.isEmpty else { return "" }
    let items = summary.walls.map { "<li>\(SearchText.escaped($0.advice)).</li>" }.joined(separator: "\n")
    return "<h3>axes that end too soon</h3>\n"
      + lead(
        "Where answers stand at the end of an axis, better ones may lie beyond it. A search over a wider model-space takes "
          + "over the models that were trained for this one.")
      + "<ul class=\"plain\">\(items)</ul>\n"
  }

  private static func others(than base: Metric) -> [Metric] {
    SearchSummary.Comparison.aims.filter { $0 != base }
  }

  private static func text(_ choice: ObjectiveFronts.Choice, _ metric: Metric) -> String {
    guard let value = choice.value(of: metric) else { return SearchText.nothing }
    return switch metric {
    case .latency: SearchText.text(Seconds(value))
    case .energy: SearchText.text(Joules(value))
    default: SearchText.text(KilogramsCO2e(value))
    }
  }
}

extension SearchPage {
  /// How far a search is that is still at work.
  var progress: String {
    guard let progress = summary.progress else { return "" }
    var text = "The search is at work: \(progress.finished) of \(progress.budget) trials finished"
    if progress.failed > 0 { text += ", \(progress.failed) failed" }
    if progress.running > 0 { text += ", \(progress.running) running" }
    if let seconds = progress.secondsLeft, progress.left > 0 {
      text += "; about \(Figures.duration(seconds / Double(max(1, progress.running)))) left"
    }
    let now =
      "<progress max=\"\(max(1, progress.budget))\" value=\"\(progress.finished + progress.failed)\"></progress>"
    return "<p class=\"working\" role=\"status\">\(SearchText.escaped(text + "."))"
      + " This page is written anew after trials, and loads itself again. \(now)</p>\n"
  }

  /// A page that was written while a search was at work, once it has stopped: without what says so, and loading itself no more.
  public static func stopped(_ html: String) -> String {
    html.replacing(/<p class="working".*?<\/p>\n/.dotMatchesNewlines(), with: "", maxReplacements: 1)
      .replacing(/\n<meta http-equiv="refresh"[^>]*>/, with: "", maxReplacements: 1)
  }
}
