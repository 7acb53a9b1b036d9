import CLIPFiles
import CLIPImageText

/// Which data and which teachers a run has: settings like all others, though no flag names them. Kept by resume points.
struct RunIdentities {
  let training: DataIdentity
  let validation: DataIdentity?
  /// Each teacher's fingerprint.
  let teachers: [String]

  init(training: DataIdentity, validation: DataIdentity?, teachers: [String]) {
    self.training = training
    self.validation = validation
    self.teachers = teachers
  }

  var json: JSONObject {
    var object: JSONObject = ["training": training.json, "teachers": .array(teachers.map { .string($0) })]
    if let validation { object["validation"] = validation.json }
    return object
  }

  /// What a resume point kept; nil for one of a version that kept nothing.
  /// - Throws: ``InputError`` when it is damaged.
  init?(resumePoint point: ResumePoint) throws {
    guard let object = point.state["data"]?.objectValue else { return nil }
    (training, validation, teachers) = try namingFile(point.path) {
      (
        try DataIdentity(json: object["training"] ?? .null),
        try object["validation"].map { try DataIdentity(json: $0) },
        (object["teachers"]?.arrayValue ?? []).compactMap(\.stringValue)
      )
    }
  }

  /// Whether teachers are told apart by fingerprints of another definition, which cannot be compared.
  var hasOtherFingerprints: Bool { teachers.contains { !$0.hasPrefix(Teacher.version) } }

  /// A run goes on with the data and the teachers that it began with, wherever they lie now.
  /// - Throws: ``InputError`` naming what is different.
  func check(against earlier: RunIdentities, _ folder: String, _ names: SettingNames) throws {
    var differences = training.changes(since: earlier.training).map { "training data \(training.path): \($0)" }
    if let validation, let before = earlier.validation {
      differences += validation.changes(since: before).map { "validation data \(validation.path): \($0)" }
    }
    if teachers.count == earlier.teachers.count {
      for (number, (now, before)) in zip(teachers, earlier.teachers).enumerated()
      where now != before && before.hasPrefix(Teacher.version) {
        differences.append("teacher \(number + 1): other weights than before")
      }
    }
    guard differences.isEmpty else {
      throw InputError(
        "what the run learns from has changed: \(differences.joined(separator: ", "))", file: folder,
        advice: names == .flags ? "use the same data, or --force" : "use the same data, or allow changes")
    }
  }
}
