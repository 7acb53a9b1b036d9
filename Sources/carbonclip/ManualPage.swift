import ArgumentParser
import CLIPFiles

/// A page for `man`, made of what the parser knows of a command: the same names, values and texts as in `--help`.
struct ManualPage {
  /// `carbonclip-data-scenes`
  let name: String
  let text: String

  /// The program's page and one for each command.
  static func all() throws -> [ManualPage] {
    let dump = try JSONParser.parse(CarbonCLIP._dumpHelp())
    guard let root = dump["command"] else { return [] }
    return pages(root, above: [])
  }

  private static func pages(_ command: JSONValue, above: [String]) -> [ManualPage] {
    let path = above + [command["commandName"]?.stringValue ?? ""]
    let commands = shown(command["subcommands"])
      .filter { $0["commandName"] != "help" }
    return [ManualPage(command, path, commands)] + commands.flatMap { pages($0, above: path) }
  }

  private static func shown(_ list: JSONValue?) -> [JSONValue] {
    (list?.arrayValue ?? []).filter { $0["shouldDisplay"] != .bool(false) }
  }

  private init(_ command: JSONValue, _ path: [String], _ commands: [JSONValue]) {
    name = path.joined(separator: "-")
    let arguments = Self.shown(command["arguments"]).filter {
      $0["valueName"] != "help" && $0["valueName"] != "version"
    }
    let abstract = command["abstract"]?.stringValue ?? ""
    var lines = [
      ".TH \"\(name.uppercased())\" 1 \"\" \"carbonclip \(Version.current)\"", ".SH NAME",
      "\(Self.escaped(name)) \\- \(Self.escaped(abstract))", ".SH SYNOPSIS",
    ]
    lines += Self.synopsis(path, arguments, hasCommands: !commands.isEmpty)
    if let discussion = command["discussion"]?.stringValue {
      lines.append(".SH DESCRIPTION")
      lines += Self.paragraphs(discussion)
    }
    if !commands.isEmpty {
      lines.append(".SH COMMANDS")
      for next in commands {
        let page = "\(name)-\(next["commandName"]?.stringValue ?? "")"
        lines += [".TP", ".BR \(Self.escaped(page)) (1)", Self.line(next["abstract"]?.stringValue ?? "")]
      }
    }
    if !arguments.isEmpty {
      lines.append(".SH OPTIONS")
      for argument in arguments { lines += Self.option(argument) }
    }
    lines += Self.ending(isProgram: path.count == 1, path)
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func synopsis(_ path: [String], _ arguments: [JSONValue], hasCommands: Bool) -> [String] {
    let words = arguments.filter { $0["kind"] == "positional" || $0["isOptional"] == .bool(false) }.map { argument in
      let label = label(argument), value = "\\fI\(escaped(argument["valueName"]?.stringValue ?? ""))\\fR"
      let word = argument["kind"] == "positional" ? value : "\\fB\(escaped(label))\\fR \(value)"
      let repeated = argument["isRepeating"] == .bool(true) ? word + " ..." : word
      return argument["isOptional"] == .bool(true) ? "[\(repeated)]" : repeated
    }
    let rest = hasCommands ? ["\\fIcommand\\fR ..."] : ["[options]"] + words
    return ["\\fB\(escaped(path.joined(separator: " ")))\\fR \(rest.joined(separator: " "))"]
  }

  private static func option(_ argument: JSONValue) -> [String] {
    let names = (argument["names"]?.arrayValue ?? []).map { name in
      (name["kind"] == "long" ? "--" : "-") + (name["name"]?.stringValue ?? "")
    }
    let value = "\\fI\(escaped(argument["valueName"]?.stringValue ?? ""))\\fR"
    var head = names.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
    switch argument["kind"]?.stringValue {
    case "positional": head = value
    case "option": head += " \(value)"
    default: break
    }
    var text = argument["abstract"]?.stringValue ?? ""
    if let values = argument["allValues"]?.arrayValue, !values.isEmpty, argument["kind"] != "flag" {
      text += " One of: \(values.compactMap(\.stringValue).joined(separator: ", "))."
    }
    if let standard = argument["defaultValue"]?.stringValue, argument["kind"] != "flag" {
      text += " Default: \(standard)."
    }
    return [".TP", head, line(text)]
  }

  private static func label(_ argument: JSONValue) -> String {
    let preferred = argument["preferredName"]
    return (preferred?["kind"] == "long" ? "--" : "-") + (preferred?["name"]?.stringValue ?? "")
  }

  private static func ending(isProgram: Bool, _ path: [String]) -> [String] {
    var lines = [
      ".SH EXIT STATUS", "0 for success, 1 for a fault in files or values, 64 for a wrong use of the command,",
      "128 and the signal's number where a signal ended it.",
    ]
    if isProgram {
      lines += [
        ".SH ENVIRONMENT", ".TP", "\\fBCARBONCLIP_DATA\\fR",
        "A folder whose files go before those that the program carries, laid out as the folder data.",
        ".TP", "\\fBCARBONCLIP_BFLOAT16\\fR=off",
        "Computes as on a processor without instructions for bfloat16: training is in 32-bit floats where nobody says",
        "another.",
        ".SH FILES", ".TP", "\\fIPREFIX/share/carbonclip\\fR",
        "Checkpoints and recipes that come along with the program, found by their names from any folder.",
      ]
    } else {
      lines += [".SH SEE ALSO", ".BR \(escaped(path.dropLast().joined(separator: "-"))) (1)"]
    }
    return lines
  }

  /// Paragraphs; lines that are indented, or show a command, stand as they are.
  private static func paragraphs(_ text: String) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if paragraph.allSatisfy(\.isWhitespace) {
        lines.append(".PP")
      } else if let example = paragraph.firstRange(of: "Example: ") {
        lines += [
          ".PP", "Example:", ".PP", ".nf", ".RS", escaped(String(paragraph[example.upperBound...])), ".RE", ".fi",
        ]
      } else if paragraph.hasPrefix("  ") {
        lines += [".nf", escaped(String(paragraph)), ".fi"]
      } else {
        lines.append(line(String(paragraph)))
      }
    }
    return lines
  }

  /// Text of one line; an empty one is no paragraph's end.
  private static func line(_ text: String) -> String { text.isEmpty ? "\\&" : escaped(text.singleLine) }

  /// Text that `troff` prints as it stands.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return plain.first == "." || plain.first == "'" ? "\\&" + plain : plain
  }
}
