import ArgumentParser
import CLIPFiles

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what options and recipes may name: designs, scenarios, losses, recipes ...",
    discussion: """
      Without a kind it lists the kinds. A design, space, scenario or recipe that is named whole is printed as its file, to \
      begin one of your own with.

      Example: carbonclip list scenarios
      Example: carbonclip list designs edge-base
      Example: carbonclip list grids germany
      """)

  @Argument(help: "What to list.", completion: .list(Listing.all.map(\.kind)))
  var kind: String?

  @Argument(help: "Only what has this text in its name; capitals do not matter.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard let kind else {
      let items = Listing.all.map { Listing.Item($0.kind, $0.summary) }
      Output.result(Listing.json(items), text: Listing.table("kind", items))
      return
    }
    guard let listing = Listing.all.first(where: { $0.kind == kind || $0.kind == "\(kind)s" }) else {
      throw ValidationError(
        "unknown kind \(kind.quoted()); \(Suggestion.advice(for: kind, among: Listing.all.map(\.kind)))")
    }
    var items = try listing.items()
    if let name {
      if let file = listing.file, items.contains(where: { $0.name == name }) {
        let text = try TextFile.text(of: file(name), limit: 1 << 20)
        Output.result(["name": .string(name), "text": .string(text)], text: text.trimmed)
        return
      }
      let wanted = name.lowercased()
      let meant = items.filter {
        $0.name.lowercased().contains(wanted) || $0.title?.lowercased().contains(wanted) == true
      }
      guard !meant.isEmpty else {
        throw InputError(
          "no \(listing.one) is called \(name.quoted())", advice: Suggestion.advice(for: name, among: items.map(\.name))
        )
      }
      items = meant
    }
    Output.result(Listing.json(items), text: Listing.table(listing.one, items))
  }
}
