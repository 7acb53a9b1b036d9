import CLIPFiles
import CLIPTestSupport
import Testing

@Suite struct JSONTests {
  @Test(
    "a document that is not JSON is refused with line and column",
    arguments: [
      ("", "line 1, column 1: not valid JSON: the text ends where a value should stand"),
      ("{\"a\": 1, \"a\": 2}", "line 1, column 13: not valid JSON: the key \"a\" stands twice"),
      ("{\"a\": 1,\n \"b\" 2}", "line 2, column 6: not valid JSON: expected \":\" after the key \"b\""),
      ("[1, 2", "line 1, column 6: not valid JSON: expected \",\" or \"]\""),
      ("[1, ]", "line 1, column 5: not valid JSON: expected a value"),
      ("{a: 1}", "line 1, column 2: not valid JSON: expected a key in quotes"),
      ("1 2", "line 1, column 3: not valid JSON: text after the end of the document"),
      ("nul", "line 1, column 4: not valid JSON: unknown word"),
      ("NaN", "line 1, column 1: not valid JSON: expected a value"),
      ("01", "line 1, column 1: not valid JSON: expected a value"),
      ("1.", "line 1, column 3: not valid JSON: a number ends in a point"),
      ("1e+", "line 1, column 4: not valid JSON: a number ends in its exponent's sign"),
      ("1e999", "line 1, column 6: not valid JSON: the number \"1e999\" is out of range"),
      ("\"abc", "line 1, column 5: not valid JSON: a string without an end"),
      ("\"a\nb\"", "line 1, column 3: not valid JSON: a control character inside a string"),
      ("\"\\x\"", "line 1, column 4: not valid JSON: an unknown escape"),
      ("\"\\u12g4\"", "line 1, column 6: not valid JSON: a \\u escape needs four hexadecimal digits"),
      ("\"\\ud83d\"", "line 1, column 8: not valid JSON: half a surrogate pair"),
      ("\"\\udc00\"", "line 1, column 8: not valid JSON: half a surrogate pair"),
    ])
  func refusals(text: String, message: String) {
    #expect { try JSONParser.parse(text) } throws: { "\($0)" == message }
  }

  @Test("numbers keep what they are: whole ones exactly, others as doubles")
  func numbers() throws {
    #expect(try JSONParser.parse("9223372036854775807") == .integer(.max))
    #expect(try JSONParser.parse("-9223372036854775808") == .integer(.min))
    #expect(try JSONParser.parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try JSONParser.parse("-0") == .integer(0))
    #expect(try JSONParser.parse("4.0").intValue == 4)
    #expect(try JSONParser.parse("4.5").intValue == nil)
    #expect(try JSONParser.parse("1e3").doubleValue == 1000)
    #expect(try JSONParser.parse("-1.25E-2").doubleValue == -0.0125)
  }

  @Test("escapes become the characters they stand for")
  func escapes() throws {
    let text = #""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00""#
    #expect(try JSONParser.parse(text).stringValue == "\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{1F600}")
  }

  @Test("nesting is read 128 deep and refused deeper, however deep it goes")
  func depth() throws {
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONParser.parse(nested(128))
    #expect { try JSONParser.parse(nested(129)) } throws: {
      "\($0)" == "line 1, column 130: not valid JSON: nested more than 128 deep"
    }
    #expect(throws: InputError.self) { try JSONParser.parse(String(repeating: "[{\"a\":", count: 1_000_000)) }
  }

  @Test("bytes that are not UTF-8 are refused; a byte-order mark is not")
  func encoding() throws {
    #expect { try JSONParser.parse([0x22, 0xE9, 0x22]) } throws: {
      "\($0)" == "line 1, column 3: not valid JSON: a string that is not UTF-8"
    }
    #expect(try JSONParser.parse([0xEF, 0xBB, 0xBF, 0x31]) == .integer(1))
  }

  @Test("what is written is read back the same, on one line or indented", arguments: [nil, 2])
  func roundTrip(indentation: Int?) throws {
    let document: JSONValue = [
      "z": [1, 2.5, .null, true, []], "a": ["\u{0}\u{1F}\"\\\n\u{7F}é😀": "", "empty": [:]], "n": -1,
    ]
    let text = document.text(indentation: indentation)
    #expect(try JSONParser.parse(text) == document)
    #expect(try JSONParser.parse(text).objectValue?.keys == ["z", "a", "n"])
  }

  @Test("an infinite number is written as null, since JSON has none")
  func infinities() { #expect(JSONValue.array([.number(.infinity), .number(.nan)]).text() == "[null,null]") }

  @Test("any damage to a document gives a document or an error, never a crash")
  func fuzz() {
    let sound = Array(
      #"{"images": [{"a": "x\u00e9\ud83d\ude00", "b": [1, -2.5e3, true, null]}], "c": {"d": ""}}"#.utf8)
    var random = SeededRandom(seed: 7)
    for _ in 0..<50_000 {
      var bytes = sound
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        case 1:
          bytes.insert(
            Array("\"\\{}[],:u0-.e".utf8).randomElement(using: &random) ?? 0,
            at: Int.random(in: bytes.indices, using: &random))
        default: if bytes.count > 1 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
        }
      }
      do { _ = try JSONParser.parse(bytes) } catch { #expect(error is InputError) }
    }
  }
}
