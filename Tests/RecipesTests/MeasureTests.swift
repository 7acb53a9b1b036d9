import CLIPFiles
import CLIPRecipes
import Testing

@Suite("Numbers with units")
struct MeasureTests {
  private static let units = [
    RecipeUnit("GB", size: 1), RecipeUnit("MB", "megabytes", size: 0.001), RecipeUnit("Gb", size: 0.125),
  ]

  private func read(_ text: String) throws -> Double? {
    var reader = try RecipeReader(Recipe.parse("size: \(text)", origin: "test"))
    let value = try reader.measure("size", Self.units, in: 0.001...100)
    try reader.finish()
    return value
  }

  @Test(
    "numbers are read in the base unit; letter case matters where it tells units apart",
    arguments: [
      ("4 GB", 4.0), ("4GB", 4.0), ("4 Gb", 0.5), ("4 gb", 4.0), ("2 MEGABYTES", 0.002), ("1e1 GB", 10.0),
      ("0.25 GB", 0.25), ("+3 GB", 3.0),
    ])
  func values(text: String, expected: Double) throws {
    let found = try read(text)
    #expect(found == expected)
  }

  @Test("a bound that the base unit would write with many zeros is written in a smaller one")
  func smallBounds() throws {
    let units = [RecipeUnit("GB", size: 1), RecipeUnit("MB", size: 0x1p-10), RecipeUnit("KB", size: 0x1p-20)]
    func read(_ text: String) throws -> Double? {
      var reader = try RecipeReader(Recipe.parse("size: \(text)", origin: "test"))
      return try reader.measure("size", units, in: 0x1p-20...64)
    }
    #expect(try read("1 MB") == 0x1p-10)
    let error = try #require(throws: InputError.self) { try read("0.5 KB") }
    #expect(error.description == "test: line 1: size must be 1 KB to 64 GB, found \"0.5 KB\"")
  }

  @Test("a missing value is nil")
  func missing() throws {
    var reader = try RecipeReader(Recipe.parse("other: 1 GB", origin: "test"))
    let found = try reader.measure("size", [RecipeUnit("GB", size: 1)], in: 0...1)
    #expect(found == nil)
  }

  @Test(
    "a number without unit, an unknown unit and a number out of range are refused",
    arguments: [
      ("4", "test: line 1: size: \"4\" has no unit; such as size: 1 GB"),
      ("4 GiBB", "test: line 1: size: unknown unit \"GiBB\"; one of: GB, MB, megabytes, Gb"),
      ("200 GB", "test: line 1: size must be 0.001 to 100 GB, found \"200 GB\""),
      ("0 GB", "test: line 1: size must be 0.001 to 100 GB, found \"0 GB\""),
      ("much", "test: line 1: size must be 0.001 to 100 GB, found \"much\"; such as size: 1 GB"),
      ("true", "test: line 1: size must be 0.001 to 100 GB, found true; such as size: 1 GB"),
    ])
  func refused(text: String, message: String) throws {
    let error = try #require(throws: InputError.self) { try read(text) }
    #expect(error.description == message)
  }
}
