import CLIPCompute
import CLIPFiles
import Foundation

/// What a run found, printed as it goes and kept as Markdown.
struct Report {
  private(set) var markdown: String
  private var skipped: [String] = []
  private var versions: [String] = []
  private let output: String?

  /// - Parameters:
  ///   - arguments: the command line's, to be quoted
  ///   - output: the file to write after every section, or nil
  init(_ arguments: [String], output: String?) {
    self.output = output
    let command = (["swift run -c release Benchmarks"] + Self.withoutPaths(arguments)).joined(separator: " ")
    let heading = """
      # Benchmarks: \(arguments.first ?? "")

      - date: \(Self.today)
      - processor: \(Self.processor), \(ThreadPool.availableProcessors) processors available
      - load average at the start: \(Self.load)
      - command: `\(command)`

      """
    markdown = heading
    print(heading)
  }

  /// Adds a section with a table; the first column is text, the others numbers.
  mutating func add(_ title: String, _ text: String, _ table: Table) throws {
    let prose = text.isEmpty ? "" : text + "\n\n"
    markdown += "\n## \(title)\n\n\(prose)\(table.markdown)\n"
    print("\n\(title)\n\n\(prose)\(table.text)")
    try save()
  }

  /// Notes a side that could not take part; the same reason once.
  mutating func skip(_ reason: String) {
    if skipped.contains(reason) { return }
    skipped.append(reason)
    print("left out: \(reason)")
    fflush(nil)
  }

  /// Notes what a side is, once.
  mutating func note(version: String) {
    if !versions.contains(version) { versions.append(version) }
  }

  /// Adds versions, who was left out, and the load at the end.
  mutating func finish() throws {
    var text = "\n## Versions\n\n"
    for version in versions { text += "- \(version)\n" }
    for reason in skipped { text += "- left out: \(reason)\n" }
    text += "- load average at the end: \(Self.load)\n"
    markdown += text
    print(text)
    try save()
  }

  private func save() throws {
    fflush(nil)
    if let output { try AtomicFile.write(markdown, to: output) }
  }

  /// A machine's paths say nothing to others.
  private static func withoutPaths(_ arguments: [String]) -> [String] {
    arguments.map { $0.hasPrefix("/") ? URL(fileURLWithPath: $0).lastPathComponent : $0 }
  }

  private static var today: String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyy-MM-dd"
    return format.string(from: Date())
  }

  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    func field(_ name: String) -> String? {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }
    guard let model = field("model name") else { return "unknown" }
    guard let family = field("cpu family"), let number = field("model\t") else { return model }
    return "\(model) (family \(family), model \(number))"
  }

  private static var load: String {
    let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
    return text.split(separator: " ").prefix(3).joined(separator: ", ")
  }
}

/// Aligned columns, for people and as Markdown.
struct Table {
  private var rows: [[String]]

  init(_ header: [String]) { rows = [header] }

  mutating func add(_ row: [String]) { rows.append(row) }

  private var widths: [Int] {
    rows[0].indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  }

  private func aligned(_ row: [String]) -> [String] {
    zip(row, widths).enumerated().map { column, cell in
      let space = String(repeating: " ", count: cell.1 - cell.0.count)
      return column == 0 ? cell.0 + space : space + cell.0
    }
  }

  var text: String { rows.map { aligned($0).joined(separator: "  ") }.joined(separator: "\n") }

  var markdown: String {
    var lines = rows.map { "| " + aligned($0).joined(separator: " | ") + " |" }
    let rule = widths.enumerated().map { column, width in
      column == 0
        ? String(repeating: "-", count: max(width, 3)) : String(repeating: "-", count: max(width - 1, 2)) + ":"
    }
    lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
    return lines.joined(separator: "\n")
  }
}
