import CLIPFiles
import CLIPTestSupport
import Testing

@Suite struct DelimitedTextTests {
  private func rows(_ text: String, _ separator: Character = ",") throws -> [[String]] {
    var rows: [[String]] = []
    try DelimitedText.forEachRow(in: text, separator: separator.asciiValue ?? 0) { row in
      rows.append((0..<row.count).map { row.text(at: $0) ?? "?" })
    }
    return rows
  }

  @Test(
    "rows are read as RFC 4180 and pandas read them",
    arguments: [
      ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
      ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
      ("a\rb", [["a"], ["b"]]),
      ("a,,\n,\n", [["a", "", ""], ["", ""]]),
      ("\n\na\n\n\nb\n\n", [["a"], ["b"]]),
      ("\"a,b\",\"c\"\"d\"\n\"\"", [["a,b", "c\"d"], [""]]),
      ("\"line\nbreak\",x", [["line\nbreak", "x"]]),
      ("5\" wide,\"six\" wide", [["5\" wide", "six wide"]]),
      ("\u{FEFF}a,b", [["a", "b"]]),
      ("", []),
    ])
  func reads(text: String, expected: [[String]]) throws { #expect(try rows(text) == expected) }

  @Test("a tab separates where it is said to, and a comma then does not")
  func tabs() throws { #expect(try rows("a\tb, c\n", "\t") == [["a", "b, c"]]) }

  @Test("rows know their lines, line breaks inside quotes counted")
  func lines() throws {
    var lines: [Int] = []
    try DelimitedText.forEachRow(in: "a\r\n\r\n\"b\nb\"\r\n\"c\r\nc\"\nd\n", separator: 0x2C) {
      lines.append($0.line)
    }
    #expect(lines == [1, 3, 5, 7])
  }

  @Test("a quote left open is refused with the line on which it opens")
  func openQuote() {
    #expect { try rows("a,b\n1,\"2\n3,4\n") } throws: {
      "\($0)" == "line 2: a quoted field without an end; close the quote"
    }
  }

  @Test("a row of too many fields is refused before it fills the memory")
  func tooManyFields() {
    #expect { try rows("a\n" + String(repeating: ",", count: 70_000)) } throws: {
      "\($0)" == "line 2: more than 65536 fields in a row"
    }
  }

  @Test("a field that is not UTF-8 has no text; its neighbors do")
  func notUTF8() throws {
    let bytes: [UInt8] = [0x61, 0x2C, 0xE9, 0x2C, 0x62]
    try bytes.withUnsafeBytes { raw in
      try DelimitedText.forEachRow(in: raw, separator: 0x2C) { row in
        #expect(row.text(at: 0) == "a")
        #expect(row.text(at: 1) == nil)
        #expect(row.text(at: 2) == "b")
        #expect(row.repairedFields == ["a", "\u{FFFD}", "b"])
      }
    }
  }

  @Test("any fields written with quotes are read back the same", arguments: 0..<20)
  func roundTrip(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let pieces = ["a", "\"", ",", "\n", "\r", "\r\n", "\t", " ", "é", "😀", "\"\"", ""]
    let separator: Character = seed % 2 == 0 ? "," : "\t"
    for _ in 0..<200 {
      let table = (0..<Int.random(in: 1..<5, using: &random)).map { _ in
        (0..<Int.random(in: 1..<5, using: &random)).map { _ in
          (0..<Int.random(in: 0..<6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
            .joined()
        }
      }
      let end = Bool.random(using: &random) ? "\n" : "\r\n"
      let text = table.map { row in
        row.map { DelimitedText.quoted($0, separator: separator.asciiValue ?? 0) }.joined(
          separator: String(separator))
      }.joined(separator: end)
      let read = try rows(text, separator)
      #expect(
        read.map { $0.map { Array($0.utf8) } } == table.map { $0.map { Array($0.utf8) } }, "seed \(seed)")
    }
  }

  @Test("any bytes give rows or an error, never a crash")
  func fuzz() {
    var random = SeededRandom(seed: 11)
    let alphabet = Array(",\"\n\r\ta".utf8) + [0xE9, 0x00, 0xEF, 0xBB, 0xBF]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? 0
      }
      do {
        try bytes.withUnsafeBytes {
          try DelimitedText.forEachRow(in: $0, separator: 0x2C) { _ = $0.repairedFields }
        }
      } catch { #expect(error is InputError) }
    }
  }
}
