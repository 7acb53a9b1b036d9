import CLIPFiles
import Testing

@Suite("Tables")
struct TableTests {
  private static let table: Table = {
    var table = Table(["what", "kg", "of"], words: [0, 2])
    table.add(["whole", "1.00", "a|b"])
    table.add(["  part", "0.5"])
    return table
  }()

  @Test("aligned for a terminal: words left, numbers right, no space at the end")
  func text() {
    #expect(
      Self.table.text == """
        what      kg  of
        whole   1.00  a|b
          part   0.5
        """)
  }

  @Test("Markdown: aligned in the source, parts indented, bars escaped once")
  func markdown() {
    #expect(
      Self.table.markdown() == """
        | what             |   kg | of   |
        | ---------------- | ---: | ---- |
        | whole            | 1.00 | a\\|b |
        | &nbsp;&nbsp;part |  0.5 |      |
        """)
    var escaped = Table(["a"])
    escaped.add(["x\\|y"])
    #expect(escaped.markdown(isAligned: false) == "| a |\n| --- |\n| x\\|y |")
  }

  @Test("a cell cannot steer the terminal")
  func unprintable() {
    var table = Table(["a"])
    table.add(["x\u{1B}[2Jy\n"])
    #expect(table.text == "a\nx\u{FFFD}[2Jy\u{FFFD}")
  }
}
