import CLIPFiles
import Foundation
import CLIPReports
import Testing

@Suite("TensorBoard")
struct TensorBoardTests {
  /// RFC 3720, appendix B.4.
  @Test("CRC32C gives the standard's answers")
  func checksums() {
    let ascending = [UInt8](0..<32)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(ascending) == 0x46DD_794E)
    #expect(CRC32C.checksum(ascending.reversed()) == 0x113F_DB5C)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
  }

  /// Written by tensorboard 2.21.0's RecordWriter and Event: wall_time 1.5, step 7, tag "train/loss" with 2.25.
  @Test("frames and messages are tensorboard's, byte for byte")
  func recorded() throws {
    var entry = ProtobufMessage(), summary = ProtobufMessage(), event = ProtobufMessage()
    entry.add(1, text: "train/loss")
    entry.add(2, float: 2.25)
    summary.add(1, message: entry)
    event.add(1, double: 1.5)
    event.add(2, integer: 7)
    event.add(5, message: summary)
    let hex = TensorBoardEvents.frame(event.bytes).map { String(format: "%02x", $0) }.joined()
    #expect(hex == Self.recordedFrame)
  }

  static let recordedFrame =
    "200000000000000029eda95009000000000000f83f10072a130a110a0a747261696e2f6c6f73731500001040a988015a"

  @Test("times are read as UTC")
  func times() {
    #expect(TensorBoardEvents.unixSeconds("2026-11-23T14:00:00Z") == 1_795_442_400)
    #expect(TensorBoardEvents.unixSeconds("yesterday") == nil)
  }
}

@Suite("Run page")
struct RunPageTests {
  private static func log(_ lines: [String]) throws -> (log: TrainingLog, folder: URL) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent("log.jsonl").path
    try AtomicFile.write(lines.joined(separator: "\n"), to: path)
    return (try TrainingLog(path: path), folder)
  }

  private static let start =
    #"{"event":"start","name":"<script>alert(1)</script>","version":"1","model":"m & m","parameters":5400000,"total_steps":4000,"time":"2026-11-23T14:00:00Z","recipe":{"train-data":"a<b"}}"#

  private static func steps(_ count: Int) -> [String] {
    (1...count).map {
      #"{"event":"step","step":\#($0),"samples":\#($0 * 64),"loss":\#(4.0 / Double($0) + ($0 == 777 ? 50 : 0)),"losses":{"feature":1,"affinity":\#(1.0 / Double($0))},"learning_rate":0.0005,"logit_scale":14.3,"gradient_norm":2,"samples_per_second":250,"seconds":\#($0),"energy_joules":\#($0 * 10),"emissions_kg":1e-6}"#
    }
  }

  @Test(
    "numbers beyond all bounds in a log are drawn or left out, and trap nowhere",
    arguments: [
      "loss", "gradient_norm", "logit_scale", "learning_rate", "seconds", "samples_per_second", "energy_joules",
    ],
    [
      ["1e308", "-1e308"], ["1e308", "1"], ["5e-324", "1e308"], ["0", "-0"], ["1e999", "2"],
      ["9223372036854775807", "1e19"],
    ])
  func huge(key: String, values: [String]) throws {
    let steps = Self.steps(2).enumerated().map { index, line in
      line.replacing(try! Regex("\"\(key)\":[^,}]*"), with: "\"\(key)\":\(values[index])")
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("log.jsonl").path
    try AtomicFile.write(([Self.start] + steps).joined(separator: "\n"), to: path)
    guard let log = try? TrainingLog(path: path) else { return }
    #expect(RunPage.html(log).contains("<figure>"))
  }

  @Test("a page needs nothing beside itself, escapes what logs hold, and stays small")
  func page() throws {
    let validation =
      #"{"event":"validation","step":4000,"samples":1,"dataset":"d","metrics":{"image_retrieval_recall@1":0.5,"mean_recall@1":0.55},"standard_errors":{"image_retrieval_recall@1":0.01}}"#
    let (log, folder) = try Self.log([Self.start] + Self.steps(4000) + [validation])
    defer { try? FileManager.default.removeItem(at: folder) }
    let html = RunPage.html(log)
    #expect(html.utf8.count < 500_000)
    #expect(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert(1)"))
    #expect(html.contains("m &amp; m") && html.contains("a&lt;b"))
    for outside in ["http:", "https:", "src=", "@import", "url("] { #expect(!html.contains(outside), "\(outside)") }
    #expect(html.components(separatedBy: "<figure>").count - 1 == 9)
    for title in [
      "Loss", "Terms of the loss", "Recall on validation", "Learning rate", "Energy", "Carbon", "5,400,000", "55 %",
    ] {
      #expect(html.contains(title), "\(title)")
    }
    // The one spike, of 50 among losses below 4, survives thinning: the axis has a 10.
    #expect(html.contains(">10</text>"))
  }

  @Test("the loss is drawn from zero only where its curve still shows then", arguments: [(5.05, false), (0.9, true)])
  func lossAxis(last: Double, isFromZero: Bool) throws {
    let steps = (1...20).map {
      #"{"event":"step","step":\#($0 + 100),"samples":\#($0),"loss":\#(5.02 + (last - 5.02) * Double($0) / 20)}"#
    }
    let (log, folder) = try Self.log([Self.start] + steps)
    defer { try? FileManager.default.removeItem(at: folder) }
    let figure = try #require(RunPage.html(log).components(separatedBy: "<figure>").dropFirst().first)
    #expect(figure.contains(">0</text>") == isFromZero)
  }

  @Test("logs with holes are read with goodwill, a broken middle is named")
  func tolerance() throws {
    let (log, folder) = try Self.log(
      [Self.start, #"{"event":"novelty","x":1}"#] + Self.steps(3) + [#"{"event":"step","st"#])
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(log.steps.count == 3)
    #expect(RunPage.html(log).contains("not finished"))
    do {
      _ = try Self.log([Self.start, "no json", Self.start])
      Issue.record("a broken line should be refused")
    } catch let error as InputError { #expect(error.description.contains("line 2")) }
    // No step yet: a page all the same.
    let (empty, other) = try Self.log([Self.start])
    defer { try? FileManager.default.removeItem(at: other) }
    #expect(RunPage.html(empty).contains("</html>"))
  }

  @Test("figures that are no numbers, constant or single do not break the page")
  func oddFigures() throws {
    let (log, folder) = try Self.log([
      Self.start, #"{"event":"step","step":1,"samples":1,"loss":1e308,"learning_rate":0,"gradient_norm":0}"#,
      #"{"event":"step","step":2,"samples":1,"loss":-3,"learning_rate":0,"gradient_norm":1e-30}"#,
    ])
    defer { try? FileManager.default.removeItem(at: folder) }
    let html = RunPage.html(log)
    #expect(!html.contains("nan") && !html.contains("inf"))
  }
}
