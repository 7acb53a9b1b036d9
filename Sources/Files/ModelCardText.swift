/// A model card: a head in YAML as model hubs read it, a title, and parts in Markdown.
///
/// Source: "Model Cards" of the Hugging Face Hub's documentation, metadata of `README.md`.
package struct ModelCardText {
  /// What loads the model.
  package var library = "open_clip"
  /// Beside `clip` and `carbonclip`.
  package var tags: [String] = []
  /// The license by its word; nil where none is given.
  package var license: String?
  /// Further lines of the head.
  package var metadata = ""
  /// A heading, as it comes from outside.
  package var title: String
  /// Paragraphs, tables and sections, from top to bottom.
  package var parts: [String] = []

  /// A card without parts.
  package init(title: String) { self.title = title }

  /// The `README.md`.
  package var text: String {
    var head = license.map { ["license: \($0)"] } ?? []
    head += [
      "library_name: \(library)", "pipeline_tag: zero-shot-image-classification",
      "tags: [\((["clip", "carbonclip"] + tags).joined(separator: ", "))]",
    ]
    head += metadata.split(separator: "\n").map(String.init)
    let body = ["# \(title.markdownEscaped)"] + parts.filter { !$0.isEmpty }
    return "---\n\(head.joined(separator: "\n"))\n---\n\n\(body.joined(separator: "\n\n"))\n"
  }
}

extension Table {
  /// Names and what they stand for, below an empty header.
  package init(facts: [(name: String, text: String)]) {
    self.init(["", ""], words: [0, 1])
    for fact in facts { add([fact.name, fact.text]) }
  }
}
