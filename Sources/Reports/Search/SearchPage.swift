public import CLIPSearch
internal import CLIPUnits

/// A whole search on one page: what was asked, the answer and why, the front, what stands behind it, what it cost.
///
/// The page needs nothing beside itself, fetches nothing, and is whole without its script.
public struct SearchPage: Sendable {
  let summary: SearchSummary
  /// Files with all figures that lie beside the page, by the name of what is in them.
  var files: [(name: String, path: String)] = []

  /// - Parameters:
  ///   - summary: what is drawn
  ///   - files: with all figures, such as `("the front", "front.csv")`, relative to the page
  public init(_ summary: SearchSummary, files: [(name: String, path: String)] = []) {
    self.summary = summary
    self.files = files
  }

  /// The page, a whole HTML document that is well-formed XML too.
  public func html() -> String {
    let title = SearchText.line(summary.title)
    let sections = [
      Section("answer", "The answer", answer),
      Section("front", "The front", frontDrawing + frontTable),
      Section("compared", "Optimal for what?", comparisons),
      Section("objectives", "Would another objective have found it?", objectives),
      Section("split", "Making and using", split),
      Section("sensitivity", "If the world is otherwise", sensitivity),
      Section("test", "On data the search never saw", testTable),
      Section("search", "How the search went", searchCharts),
      Section("axes", "What each axis costs", axisCharts + walls),
      Section("footprint", "What the search itself cost", footprint),
      Section("question", "What was asked", settings),
      Section("trials", "All trials", trialTable),
    ]
    let links = sections.map { "<a href=\"#\($0.id)\">\($0.title.escapedForHTML)</a>" }.joined(separator: "\n")
    let body = """
      <h1>\(SearchText.name(title))</h1>
      <p class="sub">\(subtitle)</p>
      \(progress)<nav aria-label="Parts of this page">\(links)</nav>
      \(sections.map(\.html).joined(separator: "\n"))
      """
    return HTMLPage(
      title: "\(title) – CarbonCLIP", body: body, style: SearchPageStyle.style, script: SearchPageStyle.script,
      refresh: summary.progress == nil ? nil : Self.secondsOfRefresh
    ).text
  }

  /// How often the page of a search at work is loaded again.
  private static let secondsOfRefresh = 20

  private struct Section {
    let id: String, title: String, content: String

    init(_ id: String, _ title: String, _ content: String) {
      self.id = id
      self.title = title
      self.content = content
    }

    var html: String {
      "<section id=\"\(id)\" aria-labelledby=\"\(id)-title\"><h2 id=\"\(id)-title\">\(title.escapedForHTML)</h2>\n\(content)</section>"
    }
  }

  /// A sentence under a heading.
  func lead(_ text: String) -> String { "<p class=\"lead\">\(SearchText.escaped(text))</p>\n" }

  /// Why a part is empty.
  func missing(_ part: SearchSummary.Part) -> String {
    "<p class=\"missing\">\(SearchText.escaped(summary.reason(for: part)))</p>\n"
  }

  // MARK: - The question

  private var subtitle: String {
    let question = summary.question
    var parts: [String] = []
    if !question.objectives.isEmpty {
      parts.append(
        "Searched for \(question.objectives.joined(separator: ", "))"
          + (question.mode.isEmpty ? "" : " (mode \(question.mode))"))
    } else if !question.mode.isEmpty {
      parts.append("Searched in mode \(question.mode)")
    }
    if !question.limits.isEmpty { parts.append("within \(question.limits.joined(separator: ", "))") }
    var spaces: [String] = []
    if let shapes = question.shapes {
      spaces.append(
        "\(Figures.count(shapes)) shapes of \(question.pretrained.isEmpty ? "the model" : question.pretrained)")
    }
    if let accelerators = question.accelerators {
      spaces.append(
        accelerators == 1
          ? "one accelerator" + (question.hardware.isEmpty ? "" : ", \(question.hardware)")
          : "\(Figures.count(accelerators)) accelerators" + (question.hardware.isEmpty ? "" : " (\(question.hardware))")
      )
    }
    if !spaces.isEmpty { parts.append("among \(spaces.joined(separator: " × "))") }
    var text = parts.joined(separator: ", ")
    if !text.isEmpty { text += ". " }
    let counts = Dictionary(grouping: summary.trials, by: \.state).mapValues(\.count)
    let measured = (counts[.done] ?? 0) + (counts[.infeasible] ?? 0)
    text += "\(summary.trials.count) \(summary.trials.count == 1 ? "trial" : "trials")"
    if measured != summary.trials.count { text += ", \(measured) measured" }
    if let failed = counts[.failed] { text += ", \(failed) failed" }
    text += question.finished == nil ? "; the search has not ended yet." : "."
    return SearchText.escaped(text)
  }

  private var settings: String {
    let question = summary.question
    var rows: [(String, String)] = []
    func add(_ name: String, _ value: String) { if !value.isEmpty { rows.append((name, value)) } }
    add("mode", question.mode)
    add("objectives", question.objectives.joined(separator: ", "))
    add("limits", question.limits.joined(separator: ", "))
    add("accuracy", summary.accuracyTitle)
    add("model that is cut", question.pretrained)
    add("candidates trained in", question.training)
    add("shapes", question.shapes.map(Figures.count) ?? "")
    for axis in summary.axes {
      add(axis.name, axis.sizes.map(axis.text).joined(separator: ", "))
    }
    add(
      "accelerators",
      ([question.hardware] + (question.accelerators.map { [Figures.count($0)] } ?? [])).filter { !$0.isEmpty }.joined(
        separator: ", "))
    add("scenario", question.scenario)
    for item in question.data { add("data, \(item.name)", item.value) }
    add("budget", question.budget)
    add("optimizer", question.optimizer)
    add("seed", question.seed.map { "\($0)" } ?? "")
    for item in question.versions { add(item.name, item.value) }
    add("started", question.started ?? "")
    add("finished", question.finished ?? "")
    let list = rows.map { "<dt>\(SearchText.escaped($0.0))</dt><dd>\(SearchText.name($0.1))</dd>" }.joined(
      separator: "\n")
    var text =
      rows.isEmpty ? "<p class=\"missing\">The settings were not recorded.</p>" : "<dl class=\"settings\">\(list)</dl>"
    if !files.isEmpty {
      let links = files.map {
        "<a href=\"\(Self.link($0.path))\">\(SearchText.escaped($0.path))</a> (\(SearchText.escaped($0.name)))"
      }
      text += "<p class=\"lead\">All figures as files beside this page: \(links.joined(separator: ", ")).</p>"
    }
    return text
  }

  /// A file beside the page as a link: what is not a letter, a digit or plain is written as bytes, so that a colon makes
  /// no scheme of it.
  private static func link(_ path: String) -> String {
    path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        return String(UnicodeScalar(byte))
      case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"):
        return String(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }.joined()
  }
}
