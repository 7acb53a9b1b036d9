internal import CLIPSearch
internal import CLIPUnits

extension SearchSummary {
  /// The recommended design on data that the search never saw.
  struct Tested {
    /// Of the recommended design.
    let answer: CandidateMeasurement
    /// Of the dense model; nil where it was not measured.
    let dense: CandidateMeasurement?
    /// What the recommended design loses against the dense model, 0 to 1, in the accuracy that counts.
    let loss: Double?
    /// Whether that is more than the search's rule accepts.
    let isTooMuch: Bool
  }

  /// The recommended design's test accuracy; nil where it was not measured.
  var tested: Tested? {
    guard let chosen, let answer = testAccuracies.first(where: { $0.trial == chosen.trial })?.test else { return nil }
    let whole = dense.flatMap { dense in testAccuracies.first { $0.trial == dense.trial }?.test }
    let precision = question.precision
    let loss = whole.map { $0.accuracy(precision).mean - answer.accuracy(precision).mean }
    let isTooMuch = loss.flatMap { loss in acceptedLoss.map { loss > $0 + 1e-9 } } ?? false
    return Tested(answer: answer, dense: whole, loss: loss, isTooMuch: isTooMuch)
  }

  /// What the answer does on data that it was not chosen by, in a sentence; nil where it was not measured.
  var testSentence: String? {
    guard let tested else { return nil }
    let answer = tested.answer.accuracy(question.precision)
    var text = "On test data, which the search never saw, it has \(SearchText.accuracy(answer))"
    if let dense = tested.dense?.accuracy(question.precision), let loss = tested.loss {
      text += ", the dense model \(SearchText.accuracy(dense)): \(SearchText.points(-loss))"
    }
    return text + " (\(question.precisionName))."
  }

  /// All that a reader must not miss, the test's verdict among it.
  var allWarnings: [String] {
    guard let tested, tested.isTooMuch, let loss = tested.loss, let accepted = acceptedLoss else { return warnings }
    return warnings + [
      "On test data the recommended design loses \(Figures.significant(100 * loss)) points of accuracy, more than the "
        + "\(Figures.significant(100 * accepted)) that the search accepts: it kept to its rule only on the validation "
        + "data that it was chosen by."
    ]
  }
}
