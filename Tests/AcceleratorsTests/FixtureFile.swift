import Foundation

/// Files beside these tests.
enum FixtureFile {
  /// The path of a fixture.
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
  }
}
