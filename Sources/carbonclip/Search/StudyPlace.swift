import CLIPFiles
import CLIPSearch
import CLIPStudies
import CLIPSystem

/// Where a study and what belongs to it lies.
struct StudyPlace {
  let folder: String
  let name: String

  /// - Throws: `InputError` for a name that is no folder's, and would lead elsewhere.
  init(logs: String, name: String) throws {
    try Folder.requirePlain(name, option: "--name")
    folder = "\(logs)/\(name)"
    self.name = name
  }

  /// A study's folder, or its file.
  init(_ path: String) {
    folder = path.hasSuffix("/study.sqlite") ? Folder.parent(of: path) : path
    name = Folder.name(of: folder)
  }

  var study: String { "\(folder)/study.sqlite" }
  /// The recipe as the study began with it, for report and export.
  var recipe: String { "\(folder)/recipe.yaml" }

  /// Who has the study.
  var owner: String { "\(folder)/owner" }
  /// What others do for it.
  var tasks: String { "\(folder)/tasks" }
  /// What they print.
  var workers: String { "\(folder)/workers" }

  /// A name that no other process has.
  static var workerName: String {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(name)-\(getpid())-\(Int(UTCDate.now))"
  }
}
