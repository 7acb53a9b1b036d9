import Testing
import CLIPTokenization

@Suite("Cleaning")
struct CleaningTests {
  @Test(
    "lower-cases as Python does: full mappings and the final sigma",
    arguments: [
      ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"), ("ΑΣ.", "ας."), ("ΑΣ'Α", "ασ'α"), ("Σ", "σ"), ("Α Σ", "α σ"),
      ("ΑΣ\u{301}", "ας\u{301}"),
      ("İ", "i\u{307}"), ("ıI", "ıi"), ("ẞ", "ß"), ("Ⅷ", "ⅷ"), ("Ⓐ", "ⓐ"), ("\u{10400}", "\u{10428}"),
    ])
  func lower(text: String, expected: String) {
    #expect(Cleaning.lower.clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test(
    "resolves HTML references, in two rounds and more where no < stands",
    arguments: [
      ("&amp;amp;amp;amp;", "&"), ("< &amp;amp;amp;", "< &amp;"), ("&lt;p&gt;", "<p>"),
      ("&#233;&#xE9;&eacute", "ééé"),
      ("&notit;", "¬it;"), ("&#128;&#0;&#55296;&#1114112;", "€\u{FFFD}\u{FFFD}\u{FFFD}"),
      ("&#99999999999999999999", "\u{FFFD}"),
      ("x&#1;y", "xy"), ("&EACUTE;", "é"), ("AT&T", "at&t"), ("a & b", "a & b"), ("&;&#;&#x;&", "&;&#;&#x;&"),
      ("&CounterClockwiseContourIntegral;", "∳"), ("&NotEqualTilde;", "≂\u{338}"), ("&#59;", ";"),
    ])
  func references(text: String, expected: String) {
    #expect(
      Cleaning.lower.clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars),
      "\(Cleaning.lower.clean(text))")
  }

  @Test(
    "repairs what needs no guessing",
    arguments: [
      ("‘curly’ “quotes”", "'curly' \"quotes\""), ("ﬁne oﬃce ŉ", "fine office 'n"), ("ＦＵＬＬ　１２", "FULL 12"),
      ("ｶﾞ", "ガ"), ("\u{1B}[31;1mred\u{1B}[0m", "red"), ("\u{1B}[31", "[31"), ("a\u{0}b\u{FEFF}c", "abc"),
      ("e\u{301}\u{323}", "ẹ\u{301}"), ("\u{1112}\u{1161}\u{11AB}", "한"), ("\u{212B}", "Å"),
      ("\u{958}", "क\u{93C}"),
      ("caf\u{E9}\u{93}q\u{94}", "café\"q\""), ("a\r\nb\u{2028}c\u{85}", "a b c…"), ("sÃ³", "sÃ³"),
    ])
  func repairs(text: String, expected: String) {
    let cleaned = Cleaning.whitespace.clean(text)
    #expect(cleaned.unicodeScalars.elementsEqual(expected.unicodeScalars), "\(cleaned.debugDescription)")
  }

  @Test("the three modes differ as in open_clip")
  func modes() {
    let text = "  A_b,  C! "
    #expect(Cleaning.lower.clean(text) == "a_b, c!")
    #expect(Cleaning.whitespace.clean(text) == "A_b, C!")
    #expect(Cleaning.canonicalize.clean(text) == "a b c")
  }
}
