import CLIPFiles
import Foundation
import Testing

/// Files beside these tests, and files made for one test.
enum FixtureFile {
  /// The path of a fixture.
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
  }

  /// A file of this text for as long as `body` runs; errors call it `name`.
  static func with<Result>(_ text: String, name: String, _ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("accelerators-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent(name).path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    do { return try body(path) } catch var error as InputError {
      if error.file == path { error.file = name }
      throw error
    }
  }

  /// The message of the error that `body` throws.
  static func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }
}
