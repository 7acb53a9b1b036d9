import CLIPFiles
import Foundation
import CLIPRecipes
import CLIPTestSupport
import Testing

@Suite("Reading recipes") struct RecipeTests {
  @Test(
    "a plain word is what a person means by it",
    arguments: [
      ("5", .integer(5)), ("-3", .integer(-3)), ("+7", .integer(7)), ("1e-3", .number(0.001)),
      ("5e-4", .number(0.0005)),
      ("5E+2", .number(500)), (".5", .number(0.5)), ("0.2", .number(0.2)), ("99999999999999999999", .number(1e20)),
      ("true", .bool(true)), ("false", .bool(false)), ("null", .null), ("~", .null), ("", .null),
      ("on", .string("on")), ("yes", .string("yes")), ("no", .string("no")), ("NO", .string("NO")),
      ("True", .string("True")),
      ("nan", .string("nan")), (".inf", .string(".inf")), ("infinity", .string("infinity")), ("0x1F", .string("0x1F")),
      ("1_000", .string("1_000")), ("1e999", .string("1e999")), ("-", .string("-")), ("e", .string("e")),
      ("2024-01-01", .string("2024-01-01")), ("3 years", .string("3 years")),
    ] as [(String, RecipeNode.Value)])
  func words(word: String, value: RecipeNode.Value) throws {
    #expect(Recipe.value(of: word) == value)
    if word != "-" { #expect(try Recipe.parse("key: \(word)\n", origin: "r")["key"]?.value == value) }
    #expect(try Recipe.parse("key: \"\(word)\"\n", origin: "r")["key"]?.value == .string(word))
  }

  @Test("lists, sections, comments and both kinds of dashes; keys keep their order and their lines") func document()
    throws
  {
    let text =
      "# why\nmodel: ViT-B-32\nbatch_size: 64 # many\nloss:\n  itc: 1\n  mlm: 0.5\nlist: [1, a]\nlong:\n  - 2\n  - b\n"
    let recipe = try Recipe.parse(text, origin: "r.yaml")
    guard case .map(let members) = recipe.value else {
      Issue.record("no map")
      return
    }
    #expect(members.map(\.key) == ["model", "batch-size", "loss", "list", "long"])
    #expect(members.map(\.node.origin) == [2, 3, 4, 7, 8].map { "r.yaml: line \($0)" })
    #expect(recipe["loss"]?["mlm"]?.origin == "r.yaml: line 6")
    #expect(
      recipe.json == [
        "model": "ViT-B-32", "batch-size": 64, "loss": ["itc": 1, "mlm": 0.5], "list": [1, "a"], "long": [2, "b"],
      ])
  }

  @Test(
    "what is no recipe is refused in one line that says where and what to do",
    arguments: [
      ("", "r: is empty; write settings such as \"lr: 5e-4\""),
      ("# only a comment\n", "r: is empty; write settings such as \"lr: 5e-4\""),
      ("---\n", "r: is empty; write settings such as \"lr: 5e-4\""),
      ("- a\n", "r: expected keys with values, found a list; write settings such as \"lr: 5e-4\""),
      ("lr\n", "r: expected keys with values, found text; write settings such as \"lr: 5e-4\""),
      ("a: 1\nb: 2\na: 3\n", "r: line 1: key \"a\" stands twice; remove one of the two"),
      ("a-b: 1\na_b: 3\n", "r: line 2: key \"a-b\" stands twice; remove one of the two"),
      ("a:\n\tb: 1\n", "r: line 2: a tab opens the line; indent with spaces"),
      (
        "a: &x 1\nb: *x\n",
        "r: line 2: references (&name, *name) are not supported; write the value out where it is needed"
      ),
      ("a: &x 1\n", "r: line 1: names for parts (&name) are not supported; quote text that begins with &"),
      ("b: *x\n", "r: line 1: not valid YAML: found undefined alias; see docs/recipes.md for the format"),
      ("a: 1\n---\nb: 2\n", "r: line 2: a second document begins; put each recipe into a file of its own"),
      (
        "a: !!int \"5\"\n",
        "r: line 1: tags (\"tag:yaml.org,2002:int\") are not supported; put text into quotes instead"
      ),
      (
        "a: !!python/object:os.system x\n",
        "r: line 1: tags (\"tag:yaml.org,2002:python/object:os.system\") are not supported; put text into quotes instead"
      ),
      ("? [a]\n: 1\n", "r: line 1: keys must be plain words; see docs/recipes.md for the format"),
    ])
  func refused(text: String, expected: String) {
    #expect(message { _ = try Recipe.parse(text, origin: "r") } == expected)
  }

  @Test(
    "syntax that YAML does not know is refused with its line",
    arguments: ["a: [1\nb: 2\n", "a: 1\n  b: 2\n", "a: \"x\n", "a: @x\n", "a: }\n"])
  func syntax(text: String) {
    let found = message { _ = try Recipe.parse(text, origin: "r") }
    #expect(found.hasPrefix("r: line ") && found.contains("not valid YAML") && !found.contains("\n"), "\(found)")
  }

  @Test("stars and ampersands in texts and comments are no references")
  func signs() throws {
    let text = "# the *best* & the rest\ndata: shards/*.tar\nglob: \"*.tar\"\ntitle: R&D a * b\nnote: a &b # *c\n"
    #expect(
      try Recipe.parse(text, origin: "r").json
        == ["data": "shards/*.tar", "glob": "*.tar", "title": "R&D a * b", "note": "a &b"])
  }

  @Test("documents made to exhaust the reader are refused at once")
  func hostile() throws {
    func refuses(_ text: String) -> Bool { message { _ = try Recipe.parse(text, origin: "r") }.hasPrefix("r: ") }
    for unit in ["[", "{", "- ", "? ", "{a: ", "[{", "-\n ", "'", "\"", "!", "&a ", "*a ", ": ", "|", "%", "\\"] {
      #expect(refuses(String(repeating: unit, count: 1_000_000 / unit.utf8.count)), "\(unit)")
      let isText = ["'", "\"", "\\"].contains(unit)
      #expect(isText || refuses("a: " + String(repeating: unit, count: 1990)), "\(unit)")
    }
    #expect(refuses((0..<300).map { String(repeating: " ", count: $0) + "a:\n" }.joined()))
    #expect(refuses("a: " + String(repeating: "[\"]\", ", count: 3000)))
    // Each name stands for ten of the one before; as a key it would be hashed to its last leaf.
    var bomb = "a0: &a0 [x]\n"
    for level in 1...30 {
      bomb += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    #expect(refuses(bomb + "? *a30\n: 1\n"))
    #expect(refuses(bomb.replacingOccurrences(of: ": &", with: ": \n  'x #' : &")))
    #expect(refuses("k: [\"x\n # \", &a 1, *a]\n"))
    #expect(refuses((0..<60_000).map { "k\($0): [\n" }.joined()))
    #expect(refuses("list:\n" + String(repeating: "- 1\n", count: 150_000)))
  }

  @Test("many keys are read in reasonable time, and 32 levels are too deep")
  func large() throws {
    let text = (0..<40_000).map { "key-\($0): \($0)\n" }.joined()
    guard case .map(let members) = try Recipe.parse(text, origin: "r").value else {
      Issue.record("no map")
      return
    }
    #expect(members.count == 40_000)
    func nested(_ levels: Int) -> String {
      "a: " + String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(message { _ = try Recipe.parse(nested(31), origin: "r") } == "no error")
    #expect(message { _ = try Recipe.parse(nested(32), origin: "r") }.contains("nested more than 32 deep"))
  }

  @Test("random changes to a recipe never stop the program", arguments: [1, 2, 3] as [UInt64])
  func fuzz(seed: UInt64) {
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let base = Array(
      "a: 1\nb_c: [1, 2.5, {x: y}]\nloss:\n  itc: 1\n  'd': \"e\\n\"\nt: |\n  text\n- &a *b !c ? : , # }".utf8)
    let signs = Array("[]{}:,-?&*!|>'\"%@#\n\t \\\u{0}\u{7F}é1ae<<=~".utf8)
    for _ in 0..<3000 {
      var bytes = base
      for _ in 0...random(6) { bytes[random(bytes.count)] = signs[random(signs.count)] }
      let text = String(decoding: bytes, as: UTF8.self)
      let found = message { _ = try Recipe.parse(text, origin: "r") }
      #expect(found == "no error" || (found.hasPrefix("r: ") && !found.contains("\n")), "seed \(seed): \(found)")
    }
  }

  @Test("files that cannot be recipes are named") func files() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("recipe-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(message { _ = try Recipe.read(path) } == "\(path): cannot open: No such file or directory; check the path")
    #expect(message { _ = try Recipe.read("/tmp") } == "/tmp: is not a regular file; name a file")
    try AtomicFile.write([0x61, 0x3A, 0x20, 0xFF, 0x0A], to: path)
    #expect(message { _ = try Recipe.read(path) } == "\(path): is not UTF-8 text; convert it with iconv -t UTF-8")
    try AtomicFile.write("a: \u{1}\n", to: path)
    #expect(message { _ = try Recipe.read(path) }.hasSuffix("remove control characters from the file"))
    try AtomicFile.write("a: " + String(repeating: "x", count: 1 << 20), to: path)
    #expect(message { _ = try Recipe.read(path) }.hasPrefix("\(path): is 1048579 bytes long, more than the 1048576"))
    try AtomicFile.write([0xEF, 0xBB, 0xBF] + Array("a: 1\r\nb: x\r\n".utf8), to: path)
    #expect(try Recipe.read(path).json == ["a": 1, "b": "x"])
    try AtomicFile.write("", to: path)
    #expect(message { _ = try Recipe.read(path) }.hasPrefix("\(path): is empty"))
  }
}
