internal import CLIPFiles
internal import CLIPModelShapes

/// Candidates are trained once, whichever numbers they are measured in: there is a file for each.
extension CandidateTrainer {
  static func measurementName(_ arithmetic: Arithmetic) -> String {
    arithmetic == .int8 ? "measurement.json" : "measurement-\(arithmetic).json"
  }

  /// What was measured of a candidate in other numbers, with its accuracy in these; nil where it was not trained yet.
  /// - Throws: as ``measure(_:)``.
  func measuredAgain(_ point: [Int], in home: String) throws -> CandidateMeasurement? {
    for name in try Folder.names(in: home).sorted() where name.hasPrefix("measurement") && name.hasSuffix(".json") {
      guard let known = CandidateMeasurement(try JSONParser.parse(try TextFile.text(of: "\(home)/\(name)"))),
        known.checkpoint.isEmpty || Folder.containsFile("\(folder)/\(known.checkpoint)/open_clip_config.json")
      else { continue }
      let arithmetic = recipe.arithmetic(at: point)
      var measurement = known
      measurement.times = .init()
      try timed(&measurement.times.evaluation) {
        measurement.int8 = try quantizedAccuracy(model(of: known), in: arithmetic, on: data.validation)
      }
      measurement.arithmetic = arithmetic.description
      return measurement
    }
    return nil
  }
}
