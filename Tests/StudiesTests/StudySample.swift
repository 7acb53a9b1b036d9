import CLIPFiles
import Foundation
import CLIPStudies

/// A folder that vanishes with the test.
final class StudyFolder {
  let path: String

  init() throws {
    path = "\(NSTemporaryDirectory())carbonclip-studies-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var study: String { "\(path)/study.sqlite" }

  func file(_ name: String, _ bytes: [UInt8], isProgram: Bool = false) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    if isProgram { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file) }
    return file
  }

  func program(_ name: String, _ script: String) throws -> String {
    try file(name, Array("#!/bin/sh\n\(script)\n".utf8), isProgram: true)
  }
}

/// A search whose proposals depend on everything that was measured before, as an optimizer's do.
enum Sample {
  static let identity = StudyIdentity(
    recipe: ["seed": 7, "space": ["width": [64, 128]], "trials": 10], codeVersion: "1", dataFingerprint: "base")

  static func open(_ path: String, budget: Int = 10) throws -> Study {
    try Study.open(path, identity: identity, budget: budget)
  }

  static func propose(_ trials: [Trial]) -> (point: [Int], origin: String)? {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for trial in trials {
      for byte in "\(trial.point)\(trial.measurement?.text() ?? "")".utf8 {
        digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      }
    }
    let used = Set(trials.map(\.point))
    var place = Int(digest % 4096)
    while used.contains([place / 64, place % 64]) { place = (place + 1) % 4096 }
    return ([place / 64, place % 64], "sample")
  }

  static func measure(_ point: [Int]) -> JSONValue {
    ["values": .array(point.map { .number(Double($0 * $0) / 7) })]
  }

  static func key(_ point: [Int]) -> String { point.map(String.init).joined(separator: "-") }

  /// Works until nothing is left.
  /// - Parameter observe: told after each trial's end
  static func work(_ study: Study, as worker: String, observe: (Claim) throws -> Void = { _ in }) throws {
    while let claim = try study.claim(worker: worker, lease: 900, propose: propose) {
      let point = claim.trial.point
      try study.finish(claim, measurement: measure(point), key: key(point))
      try observe(claim)
    }
  }
}

/// The text of the fault that `body` throws; nil where it throws none.
func fault<Value>(_ body: () throws -> Value) -> String? {
  do { _ = try body() } catch { return "\(error)" }
  return nil
}
