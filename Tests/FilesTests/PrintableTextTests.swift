import CLIPFiles
import Testing

@Suite struct PrintableTextTests {
  @Test("what a terminal obeys is replaced: C0, DEL, C1, separators and marks of direction")
  func printable() {
    #expect("a\u{1B}[31m\u{7F}\u{9B}b\tc\nd".printable == "a\u{FFFD}[31m\u{FFFD}\u{FFFD}b\tc\nd")
    #expect("a\u{202E}b\u{2066}c\u{200F}\u{2028}\r".singleLine == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect("Größe 漢字 👩‍👩‍👧 a\u{0301}".singleLine == "Größe 漢字 👩‍👩‍👧 a\u{0301}")
  }

  @Test("JSON says it in escapes that read back the same")
  func json() throws {
    let text = "\u{1B}[31m\u{9B}\u{7F}\u{202E}é"
    let json = JSONValue.string(text).text()
    #expect(json == #""\u001b[31m\u009b\u007f\u202eé""#)
    #expect(try JSONParser.parse(json).stringValue == text)
  }

  @Test("a long text is cut in its middle, by scalars: one character can be as long as a file")
  func shortened() {
    #expect("abc".shortened(to: 3) == "abc")
    #expect(String(repeating: "a", count: 100).shortened(to: 10) == "aaaaaa…aaa")
    let long = "a" + String(repeating: "\u{0301}", count: 10_000)
    #expect(long.count == 1 && long.shortened(to: 30).unicodeScalars.count == 30)
    #expect(long.quoted(limit: 20).unicodeScalars.count == 23)
    #expect("abc".quoted(limit: 3) == "\"abc\"" && "abcd".quoted(limit: 3) == "\"abc…\"")
  }

  @Test("an error's line is bounded in each of its parts")
  func errors() {
    let long = String(repeating: "x", count: 70_000)
    let error = InputError(long, file: "/a/\(long)/b.json", at: "vision_cfg.\(long)", advice: long)
    #expect("\(error)".count <= 1010)
    #expect("\(error)".hasPrefix("/a/xx") && "\(error)".contains("/b.json: vision_cfg.xx"))
  }
}
