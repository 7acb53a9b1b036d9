import CLIPFiles
import CLIPReports
import CLIPSearch

/// What `search --json` and `report --json` print: where the study lies, its answer, its front, what was written.
struct SearchDocument {
  private let place: StudyPlace
  private let summary: SearchSummary
  private let files: [String]
  /// The answer's trial, and the folder of its checkpoint.
  var answer: (trial: Int, folder: String)?

  init(_ place: StudyPlace, _ summary: SearchSummary, files: [String]) {
    self.place = place
    self.summary = summary
    self.files = files
  }

  /// All but what `search.json` alone holds of every trial.
  var json: JSONValue {
    var object: JSONObject = [
      "outcome": "finished", "folder": .string(place.folder),
      "answer": answer.map {
        [
          "trial": .integer($0.trial), "folder": .string($0.folder), "files": WrittenFiles(folder: $0.folder).json,
        ]
      } ?? .null,
    ]
    for key in ["question", "choice", "front", "dense", "test_accuracies", "footprint"] {
      if let value = summary.json[key] { object[key] = value }
    }
    object["files"] = WrittenFiles(files).json
    return .object(object)
  }
}
