import CLIPFiles
import Foundation
import CLIPReports
import Testing

/// Logs come from disk: whatever figures they hold, a page is drawn.
@Suite("Hostile figures")
struct HostileFiguresTests {
  /// Ends of every range, and numbers that overflow where two of them meet.
  static let figures: [Double] = [
    0, -0.0, 1, -1, 1e-323, 4.9e-324, 1e-300, 1e-12, 1e9, 1e15, 9.3e18, -9.3e18, 1e99, 1e100, 1e101, 1e300, 1e308,
    -1e308, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
  ]

  /// Whether every place of a drawing is a number.
  private static func isDrawing(_ text: String) -> Bool {
    let words = text.split { $0 == "\"" || $0 == " " || $0 == "," || $0 == "[" || $0 == "]" }
    return !words.contains { ["nan", "inf", "-nan", "-inf"].contains($0) }
  }

  @Test("ticks and numbers are written for any range")
  func ticks() {
    for low in Self.figures {
      for high in Self.figures {
        for ticks in [NiceTicks(from: low, to: high, about: 5), NiceTicks(logarithmicFrom: low, to: high)] {
          #expect(ticks.values.allSatisfy(\.isFinite) && ticks.values.count < 2500, "\(low) \(high)")
          for value in ticks.values + [low, high] { #expect(!ticks.label(value).isEmpty) }
        }
      }
      for places in [-3, 0, 1, 9, 12, 400] { #expect(!NiceTicks.short(low, places).isEmpty) }
    }
  }

  @Test("points are drawn for any pair of figures")
  func points() {
    for a in Self.figures {
      for b in Self.figures {
        for isLogarithmic in [false, true] {
          let chart = ScatterChart(
            title: "t", x: .init("x", isLogarithmic: isLogarithmic, limit: a),
            y: .init("y", isLogarithmic: isLogarithmic, limit: b),
            series: [.init("s", [.init(x: a, y: b, error: a), .init(x: b, y: 1, error: b), .init(x: 1, y: a)])])
          #expect(Self.isDrawing(chart.svg), "\(a) \(b)")
        }
      }
    }
  }

  @Test(
    "a page and events are made of a log of any figures",
    arguments: ["loss", "gradient_norm", "seconds", "step", "samples"])
  func page(key: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    try Folder.make(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let numbers =
      Self.figures.filter(\.isFinite).map { "\($0)" } + ["9223372036854775807", "-9223372036854775808", "1e999"]
    for first in numbers {
      for second in ["0", "1", "-1e308", "1e308", "5e-324"] {
        func line(_ number: Int, _ value: String) -> String {
          var pairs = [
            "event": "\"step\"", "step": "\(number)", "samples": "1", "loss": "1", "gradient_norm": "1", "seconds": "1",
            "learning_rate": value, "energy_joules": value, "emissions_kg": value, "samples_per_second": value,
          ]
          pairs[key] = value
          return "{" + pairs.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
        }
        let text = [
          #"{"event":"start","name":"a","parameters":9223372036854775807,"time":"9999-99-99T99:99:99Z","resumed_at_step":9223372036854775807}"#,
          line(1, first), line(2, second),
          #"{"event":"validation","step":\#(Int.max),"metrics":{"mean_recall@1":\#(first)},"standard_errors":{"mean_recall@1":\#(second)}}"#,
          #"{"event":"end","seconds":\#(first),"footprint":{"energy_j":\#(second),"carbon_kgco2e":\#(first)},"left_out":{"draws":\#(second)}}"#,
        ]
        try AtomicFile.write(text.joined(separator: "\n"), to: "\(folder)/log.jsonl")
        // A number that JSON does not know ends in an error, not in a trap.
        guard let log = try? TrainingLog(path: "\(folder)/log.jsonl") else { continue }
        let html = RunPage.html(log)
        #expect(html.contains("</html>") && Self.isDrawing(html), "\(first) \(second)")
        try TensorBoardEvents.write(log: log, to: "\(folder)/tensorboard")
      }
    }
  }

  @Test("a run that left samples out says so on its page, and figures of a finished run are those of its end")
  func leftOut() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    try Folder.make(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let lines = [
      #"{"event":"start","name":"a"}"#,
      #"{"event":"step","step":1,"samples":4,"loss":1,"energy_joules":36,"emissions_kg":1e-6,"seconds":1,"left_out":3}"#,
    ]
    let end =
      #"{"event":"end","seconds":75,"footprint":{"energy_j":7200,"carbon_kgco2e":0.002},"left_out":{"samples":2,"draws":5,"first":["<b>: cut short"]}}"#
    try AtomicFile.write(lines.joined(separator: "\n"), to: "\(folder)/log.jsonl")
    let running = RunPage.html(try TrainingLog(path: "\(folder)/log.jsonl"))
    #expect(running.contains("3 draws") && running.contains("0.01 Wh"))
    try AtomicFile.write((lines + [end]).joined(separator: "\n"), to: "\(folder)/log.jsonl")
    let finished = RunPage.html(try TrainingLog(path: "\(folder)/log.jsonl"))
    for text in ["2 samples (5 draws)", "&lt;b&gt;: cut short", "2 Wh", "2 gCO2e", "1 min 15 s"] {
      #expect(finished.contains(text), "\(text)")
    }
  }
}
