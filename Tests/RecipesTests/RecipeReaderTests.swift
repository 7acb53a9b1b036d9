import CLIPFiles
import CLIPRecipes
import CLIPTestSupport
import Testing

@Suite("Settings by key") struct RecipeReaderTests {
  enum Precision: String, CaseIterable { case fp32, bf16 }

  private func reader(_ text: String) throws -> RecipeReader {
    try RecipeReader(try Recipe.parse(text, origin: "base.yaml"))
  }

  @Test("what a recipe is for decides the example and the page that messages name")
  func kinds() throws {
    let kind = RecipeKind(example: "mode: carbon", keys: "docs/search.md")
    for text in ["", "# nothing\n", "null\n", "[a]\n", "word\n"] {
      let error = try #require(throws: InputError.self) { try Recipe.parse(text, origin: "r", as: kind) }
      #expect(error.description.hasSuffix("write settings such as \"mode: carbon\""), "\(error)")
    }
    var reader = try RecipeReader(Recipe.parse("xyzzy: 1", origin: "r"), as: kind)
    for number in 0..<13 { _ = reader.node("key-number-\(number)") }
    let error = try #require(throws: InputError.self) { try reader.finish() }
    #expect(error.description == "r: line 1: unknown key \"xyzzy\"; see docs/search.md for the keys")
    let moved = try #require(throws: InputError.self) { try reader.finish { _, key in "write \(key) elsewhere" } }
    #expect(moved.description == "r: line 1: unknown key \"xyzzy\"; write xyzzy elsewhere")
  }

  @Test("sections and lists of whole numbers are refused in any other kind")
  func sections() throws {
    for text in ["[a]", "word", "3", "true"] {
      var reader = try RecipeReader(Recipe.parse("part: \(text)", origin: "r"))
      let error = try #require(throws: InputError.self) { try reader.section("part", "{lr: 1}") }
      #expect(error.description.contains("part must be keys with values, found "), "\(error)")
    }
    for text in ["[1, 0.5]", "[a]", "{a: 1}", "word", "[1, 1]", "[]", "[11]", "2.5"] {
      var reader = try RecipeReader(Recipe.parse("seeds: \(text)", origin: "r"))
      #expect(throws: InputError.self) { try reader.integers("seeds", in: 0...10) }
    }
    for (text, expected) in [("[1, 0]", [1, 0] as [Int]?), ("7", [7]), ("null", nil)] {
      var reader = try RecipeReader(Recipe.parse("seeds: \(text)", origin: "r"))
      #expect(try reader.integers("seeds", in: 0...10) == expected)
    }
  }

  @Test("a key without a value is no key that is missing", arguments: ["trials:\n", "trials: ~\n", "trials: null\n"])
  func withoutValue(text: String) throws {
    var reader = try RecipeReader(Recipe.parse(text, origin: "r.yaml"))
    #expect(try reader.integer("trials", in: 1...10) == nil)
    do {
      try reader.finish()
      Issue.record("accepted")
    } catch let error as InputError {
      #expect("\(error)".contains("trials has no value; give it one, or remove the line"), "\(error)")
    }
  }

  @Test("values are taken by key, and what is missing is nil") func values() throws {
    var reader = try reader(
      "model: ViT-B-32\nbatch_size: 64\nlr: 5e-4\nlock: true\nepochs: 1e1\nbetas: [0.9, 1]\ndata: [a, 1.10]\nname: 007\n"
        + "precision: bf16\nloss: {itc: 1}\n")
    #expect(try reader.text("model") == "ViT-B-32")
    #expect(try reader.integer("batch-size", in: 1...65536) == 64)
    #expect(try reader.integer("epochs", in: 1...100) == 10)
    #expect(try reader.number("lr", in: 0...1) == 0.0005)
    #expect(try reader.bool("lock") == true)
    #expect(try reader.numbers("betas", in: 0...1) == [0.9, 1])
    #expect(try reader.number("absent", in: 0...1) == nil)
    // As they were written: a version is no decimal number, a name no whole one.
    #expect(try reader.texts("data") == ["a", "1.10"])
    #expect(try reader.text("name") == "007")
    #expect(try reader.choice("precision", Precision.self) == .bf16)
    let loss = try #require(try reader.weights("loss"))
    #expect(loss.map(\.name) == ["itc"] && loss.map(\.value) == [1])
    try reader.finish()
  }

  @Test("wrong values are refused with line, key, bounds and what was found")
  func wrong() throws {
    var reader = try reader(
      "\nbatch-size: -3\nlr: fast\nlock: yes\nmodel: true\nprecision: bf61\nbetas: [1, 2]\nloss:\n  itc: x\nepochs: 1.5\n"
    )
    func check(_ expected: String, _ body: () throws -> Void) { #expect(message(body) == "base.yaml: \(expected)") }
    check("line 2: batch-size must be a whole number from 1 to 65536, found -3") {
      _ = try reader.integer("batch-size", in: 1...65536)
    }
    check("line 3: lr must be a number from 0 to 1, found \"fast\"") { _ = try reader.number("lr", in: 0...1) }
    check("line 4: lock must be true or false, found \"yes\"") { _ = try reader.bool("lock") }
    check("line 5: model must be text, found true; put it into quotes") { _ = try reader.text("model") }
    check("line 6: precision must be fp32, bf16, found \"bf61\"; did you mean \"bf16\"?") {
      _ = try reader.choice("precision", Precision.self)
    }
    check("line 7: betas must hold numbers from 0 to 1, found 2") { _ = try reader.numbers("betas", in: 0...1) }
    check("line 9: loss: itc must be a number, found \"x\"") { _ = try reader.weights("loss") }
    check("line 10: epochs must be a whole number from 1 to 9, found 1.5") {
      _ = try reader.integer("epochs", in: 1...9)
    }
  }

  @Test("a key that nobody asked for is refused at its own line, with the nearest known one") func unknown() throws {
    var reader = try reader("lr: 1\nbatchsize:\n  a: 1\n")
    _ = try reader.number("lr", in: 0...1)
    _ = try reader.integer("batch-size", in: 1...9)
    #expect(
      message { try reader.finish() } == "base.yaml: line 2: unknown key \"batchsize\"; did you mean \"batch-size\"?")
    #expect(
      message { _ = try RecipeReader(RecipeNode(.integer(3), origin: "--loss")) }
        == "--loss: expected keys with values, found a number")
  }

  @Test("flags lie over a recipe's values and bear their own names") func flags() throws {
    let recipe = try Recipe.parse("lr: 1\nwd: 0.1\n", origin: "r")
    let flags = RecipeNode(
      .map([("lr", RecipeNode(word: "2", origin: "--lr")), ("name", RecipeNode(word: "1.10", origin: "--name"))]),
      origin: "flags")
    var reader = try RecipeReader(recipe.overridden(by: flags))
    #expect(message { _ = try reader.number("lr", in: 0...1) } == "--lr: lr must be a number from 0 to 1, found 2")
    #expect(try reader.number("wd", in: 0...1) == 0.1)
    #expect(try reader.text("name") == "1.10")
  }
}

@Suite("Recipes as text") struct RecipeTextTests {
  @Test("text is tidy, with quotes only where a reader needs them") func tidy() {
    #expect(
      Recipe.text([
        "model": "ViT-B-32", "lr": 0.0005, "tiny": 1e-8, "epochs": 30, "lock": true, "none": .null, "country": "NO",
        "version": "1.10",
        "path": "data/train.tar", "glob": "*.tar", "loss": ["itc": 1, "mlm": 0.5], "list": [1, "a b", ["x": "z"]],
        "empty": [:],
      ]) == """
        model: ViT-B-32
        lr: 0.0005
        tiny: 1e-08
        epochs: 30
        lock: true
        none: null
        country: "NO"
        version: "1.10"
        path: data/train.tar
        glob: "*.tar"
        loss:
          itc: 1
          mlm: 0.5
        list: [1, "a b", {x: z}]
        empty: {}

        """)
    #expect(Recipe.text([:]) == "{}\n")
    #expect(Recipe.text(["a": ["b": ["c": 1]]]) == "a:\n  b:\n    c: 1\n")
  }

  @Test("every text reads back as itself, as a value, in a list and as a key")
  func strings() throws {
    var texts = [
      "", " ", "a", "a ", " a", "yes", "No", "null", "~", "true", "1", "-1", "1e3", "0x1F", "1_0", "2024-01-01", "a: b",
      "a #b", "#a",
      "- a", "-", "?", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "[a]", "{a}", "a,b", "\"", "'", "it's", "\\",
      "\\n", "\n", "a\nb\n",
      "\r\n", "\t", "é", "日本語", "👩‍👩‍👧", "e\u{301}", "<<", "=", "...", "---", "a:", ":a", "\u{7F}", "\u{85}", "\u{2028}",
      "a\u{FEFF}",
      "\u{FFFE}", "\u{1}", "\u{10FFFF}", ".5", ".inf", ".nan", "a]b", String(repeating: "x", count: 900),
    ]
    texts += (0x20..<0x250).compactMap { Unicode.Scalar($0).map { String($0) } }
    for text in texts {
      let object: JSONObject = ["value": .string(text), "list": [.string(text)], "map": [["in": .string(text)]]]
      #expect(try Recipe.parse(Recipe.text(object), origin: "r").json == .object(object), "\(text.debugDescription)")
      // An empty key is no key, and underscores become dashes.
      guard !text.isEmpty, !text.contains("_") else { continue }
      #expect(
        try Recipe.parse(Recipe.text([text: 1]), origin: "r").json == .object([text: 1]), "\(text.debugDescription)")
    }
  }

  @Test(
    "numbers read back as themselves",
    arguments: [0.1, 1e-8, 2.5e-308, 1.7976931348623157e308, -2.5, 1e15, 1e16, 123456.789])
  func numbers(number: Double) throws {
    #expect(try Recipe.parse(Recipe.text(["a": .number(number)]), origin: "r")["a"]?.numberValue == number)
  }

  @Test("differences name the key, what was and what is; order and 1.0 for 1 are none") func differences() {
    let old: JSONObject = ["lr": 0.001, "epochs": 3, "loss": ["itc": 1, "mlm": 0.5], "data": ["a"], "gone": true]
    let new: JSONObject = [
      "epochs": 3.0, "lr": 0.0005, "loss": ["mlm": 1, "itc": 1.0], "data": ["a", "b"], "wd": 0.2,
    ]
    #expect(
      Recipe.differences(old, new) == [
        "lr: 0.001 -> 0.0005", "loss.mlm: 0.5 -> 1", "data: [a] -> [a, b]", "gone: true -> not set",
        "wd: not set -> 0.2",
      ])
    #expect(Recipe.differences(old, old).isEmpty)
    #expect(Recipe.differences(["a": "1"], ["a": 1]) == ["a: \"1\" -> 1"])
    #expect(Recipe.differences(["a": ["b": 1]], ["a": 1]) == ["a: {b: 1} -> 1"])
  }
}
