import CLIPFiles
import CLIPReports
import CLIPSearch

/// The files that a report consists of.
struct SearchFiles {
  private let summary: SearchSummary
  private let place: StudyPlace
  /// The page's name in the study's folder.
  static let page = "report.html"

  init(_ summary: SearchSummary, _ place: StudyPlace) {
    self.summary = summary
    self.place = place
  }

  /// Writes all of them; gives back their paths.
  func write() throws -> [String] {
    let looks = summary.looks.isEmpty ? [] : [("looks.csv", summary.csvLooks())]
    let linked = (["search.json", "front.csv", "trials.csv"] + looks.map(\.0)).map { (name: $0, path: $0) }
    return try
      ([
        (Self.page, SearchPage(summary, files: linked).html()),
        ("search.json", JSONValue.object(summary.json).text(indentation: 2) + "\n"),
        ("front.csv", summary.csvFront()), ("trials.csv", summary.csvTrials()),
      ] + looks).map { name, text in
        let path = "\(place.folder)/\(name)"
        try AtomicFile.write(text, to: path)
        return path
      }
  }
}
