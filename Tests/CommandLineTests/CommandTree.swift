import CLIPFiles
import Foundation

/// The program's commands as it describes them itself.
struct CommandTree {
  struct Command {
    /// `["data", "scenes"]`
    let path: [String]
    let discussion: String
    let options: Set<String>
  }

  /// Every command that does something of its own, but those that help does not show.
  let leaves: [Command]

  init() throws {
    let dump = try JSONParser.parse(try Program.run(["--experimental-dump-help"]).output)
    var leaves: [Command] = []
    func walk(_ command: JSONValue, _ path: [String]) {
      let commands = (command["subcommands"]?.arrayValue ?? []).filter {
        $0["commandName"] != "help" && $0["shouldDisplay"] != .bool(false)
      }
      for next in commands { walk(next, path + [next["commandName"]?.stringValue ?? ""]) }
      guard commands.isEmpty else { return }
      let names = (command["arguments"]?.arrayValue ?? []).flatMap { $0["names"]?.arrayValue ?? [] }
      leaves.append(
        Command(
          path: path, discussion: command["discussion"]?.stringValue ?? "",
          options: Set(names.compactMap { $0["name"]?.stringValue })))
    }
    if let root = dump["command"] { walk(root, []) }
    self.leaves = leaves
  }
}
