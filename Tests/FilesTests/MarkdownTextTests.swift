import CLIPFiles
import Testing

@Suite("Markdown")
struct MarkdownTextTests {
  @Test(
    "a name stands in a card as it is",
    arguments: [
      ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"), ("ViT-B-32", "ViT-B-32"),
      ("a_b", "a_b"), ("_a_", "\\_a\\_"), ("*x*", "\\*x\\*"), ("a|b", "a\\|b"),
      ("[x](javascript:y)", "\\[x\\](javascript:y)"),
      ("# x", "\\# x"), ("- x", "\\- x"), ("&lt;", "&amp;lt;"),
      ("two\nlines\u{1B}[31m", "two\u{FFFD}lines\u{FFFD}\\[31m"),
    ])
  func escaped(text: String, expected: String) { #expect(text.markdownEscaped == expected) }

  @Test("code spans hold backticks, and table cells no bar")
  func code() {
    #expect("scenes:test".markdownCode() == "`scenes:test`")
    #expect("a`b".markdownCode() == "``a`b``")
    #expect("`a`".markdownCode() == "`` `a` ``")
    #expect("a``b|c".markdownCode(isInTable: true) == "```a``b\\|c```")
    #expect("<b>".markdownCode() == "`<b>`")
  }
}
