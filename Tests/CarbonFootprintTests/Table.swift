import CLIPFiles
import Foundation
import Testing

/// Writes a text into a file for the time of `body`; errors name the file as `NAME` instead of its path.
func withFile<Value>(_ name: String, _ text: String, _ body: (String) throws -> Value) throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("carbon-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let path = "\(folder)/\(name)"
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  do { return try body(path) } catch let error as InputError {
    throw InputError(error.description.replacingOccurrences(of: "\(folder)/", with: ""))
  }
}

/// Whether two numbers differ by at most a part of the second.
func isClose(_ found: Double, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
  abs(found - expected) <= tolerance * abs(expected)
}
