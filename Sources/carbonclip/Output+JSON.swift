import CLIPFiles
import Synchronization

/// `--json`: standard output is exactly one JSON document, the result or the error.
extension Output {
  /// Whether `--json` was given. Asked of the arguments themselves, as a wrong use is answered in JSON, too.
  static let isJSON = CommandLine.arguments.dropFirst().prefix { $0 != "--" }
    .contains { $0 == "--json" || $0.hasPrefix("--json=") }

  private static let hasDocument = Atomic(false)

  /// A command's result: as JSON where that was asked for, else as text.
  static func result(_ json: @autoclosure () -> JSONValue, text: @autoclosure () -> String) {
    if isJSON { document(json()) } else { print(text()) }
  }

  /// The result where it was asked for as JSON; nothing where it was not.
  static func document(_ json: @autoclosure () -> JSONValue) {
    guard isJSON else { return }
    print(json().text(indentation: 2))
    hasDocument.store(true, ordering: .relaxed)
  }

  /// What ended the program, unless the result is there already.
  static func fault(_ error: InputError, status: Int32) {
    guard isJSON, !hasDocument.load(ordering: .relaxed) else { return }
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    let members: JSONValue = [
      "file": text(error.file), "at": text(error.location), "problem": .string(error.problem),
      "advice": text(error.advice), "exit_code": .integer(Int(status)),
    ]
    document(["error": members])
  }
}

/// What a command wrote, for its JSON: each file's path and size.
struct WrittenFiles {
  private let paths: [String]

  init(_ paths: [String]) { self.paths = paths }

  /// All that a folder holds, and the folders in it.
  init(folder: String) { paths = Self.found(in: folder) }

  var json: JSONValue {
    .array(paths.map { ["path": .string($0), "bytes": FileSize.of($0).map { .integer($0) } ?? .null] })
  }

  private static func found(in folder: String) -> [String] {
    ((try? Folder.names(in: folder)) ?? []).flatMap { name in
      let path = "\(folder)/\(name)"
      return Folder.exists(path) ? found(in: path) : [path]
    }
  }
}
