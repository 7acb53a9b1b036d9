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

  /// A front as a search prints it.
  private static let wide: Table = {
    var table = Table(
      ["", "trial", "accuracy", "5-95 %", "area", "accelerator", "model"], words: [0, 5, 6], least: [5, 4, 3])
    table.add(["* A", "12", "84.4 ± 0.6 %", "45.0-60.2 gCO2e", "1.25 mm2", "4 x 16x32 at 800 MHz", "image 4/144/3/384"])
    table.add(["  B", "7", "80.1 ± 0.7 %", "33.0-41.7 gCO2e", "0.98 mm2", "2 x 16x16", "image 3/96/2/192, text 2/96"])
    return table
  }()

  @Test("no line is wider than the terminal, numbers stay whole, and what is left out is said", arguments: 48...110)
  func fitting(width: Int) throws {
    let text = Self.wide.text(width: width), lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= width }, "\(text)")
    #expect(text.contains("84.4 ± 0.6 %") && text.contains("80.1 ± 0.7 %"))
    let words = text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    for column in ["5-95 %", "area", "accelerator"] {
      let cell = ["5-95 %": "45.0-60.2 gCO2e", "area": "1.25 mm2", "accelerator": "16x32"][column] ?? ""
      #expect(text.contains(cell) || words.contains("left out of this width; --json has all"), "\(column): \(text)")
    }
    // The first to go is the least.
    if !text.contains("mm2") { #expect(!text.contains("16x32")) }
  }

  @Test("a table that fits, or is no terminal's, is as it is; words go on below")
  func folding() {
    #expect(Self.wide.text(width: nil) == Self.wide.text)
    #expect(Self.wide.text(width: 200) == Self.wide.text)
    #expect(!Self.wide.text(width: 200).contains("left out"))
    var table = Table(["name", "what it is"], words: [0, 1])
    table.add(["camera", "an always-on camera that looks thirty times a second"])
    table.add(["x", "averyveryverylongwordwithoutanyspaceinit"])
    #expect(
      table.text(width: 40) == """
        name    what it is
        camera  an always-on camera that looks
                thirty times a second
        x       averyveryverylongwordwithoutanys
                paceinit
        """)
  }
}
