extension PaperReproduction {
  /// All tables as one page.
  public var markdown: String {
    (["# The paper's figures, computed again", "`carbonclip reproduce paper`; docs/paper.md says what they mean."]
      + resultTables.map { "## \($0.title)\n\n\($0.markdown)" }).joined(separator: "\n\n") + "\n"
  }
}
