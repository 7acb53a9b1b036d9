import CLIPAccelerators
import CLIPFiles
import Foundation
import CLIPModelShapes
import CLIPReproduction
import Testing
import CLIPUnits

@Suite("The paper's tables")
struct PublishedTablesTests {
  private static let family = """
    # a comment
    family,name,carbon_kgco2e,latency_ms,cores,pe_x,pe_y,l2_kb,l2_bw_words_per_cycle,glb_mb,text_layers,text_ffn,\
    text_hidden,text_width_read,text_heads,vision_layers,vision_ffn,vision_hidden,vision_heads,params_m,avg_accuracy_41
    B/16,CLIP-B/16,0.54,18.5,1,256,8,64,128,2,12,2048,512,512,8,12,3072,768,12,149,53.2
    B/16,CarbonCLIP-XS,0.32,7.1,1,256,4,64,32,2,6,1024,284,384,4,6,1536,576,6,41,38.7

    """
  private static let search = """
    model,shape,params_m,target,carbon_kgco2e,latency_ms,cores,pe_x,pe_y,l2_kb,glb_mb
    CLIP-B/16,CLIP-B/16,149,min_carbon,0.54,18.5,1,256,8,64,2
    CLIP-L/14,ViT-L-14,427,min_latency,1.76,66.4,4,64,64,256,4

    """
  private static let claims = "model,against,less_carbon_percent\nCarbonCLIP-XS,CLIP-B/16,10\n"

  /// Reads three tables; messages come without the folder.
  private static func read(family: String = family, search: String = search, claims: String = claims) throws
    -> PublishedTables
  {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("paper-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in [("family", family), ("hardware-search", search), ("claims", claims)] {
      try AtomicFile.write(text, to: "\(folder)/\(name).csv")
    }
    do { return try PublishedTables(folder: folder) } catch let error as InputError {
      throw InputError(error.description.replacingOccurrences(of: "\(folder)/", with: ""))
    }
  }

  @Test("those that come with the toolkit: rows, shapes, accelerators")
  func shipped() throws {
    let tables = try PublishedTables()
    #expect(tables.family.count == 14 && tables.searches.count == 14 && tables.claims.count == 4)
    #expect(tables.family.count(where: \.isOwn) == 8)
    let base = try #require(tables.family.first), named = try NamedModels.model("ViT-B-16-quickgelu").configuration
    #expect(base.configuration == named)
    #expect(base.carbon == KilogramsCO2e(0.54) && base.latency == Seconds(0.0185))
    let xs = try #require(tables.family.first { $0.name == "CarbonCLIP-XS" })
    #expect(xs.printedTextWidth == 284 && xs.configuration.text.width == 384)
    #expect(
      tables.family.allSatisfy { $0.name == xs.name || $0.printedTextWidth == $0.configuration.text.width })
    let large = try NamedModels.model("ViT-L-14-quickgelu").configuration
    #expect(tables.searches.filter { $0.model == "CLIP-L/14" }.map(\.configuration) == [large, large])
    #expect(xs.configuration.vision.headsPerLayer == [6, 6, 6, 6, 6, 6] && xs.configuration.vision.headWidth == 64)
  }

  @Test("TinyCLIP's shapes are those that the toolkit knows by name")
  func tinyCLIP() throws {
    let tables = try PublishedTables()
    for (printed, name) in [
      ("TinyCLIP-8M/16", "TinyCLIP-ViT-8M-16-Text-3M"), ("TinyCLIP-39M/16", "TinyCLIP-ViT-39M-16-Text-19M"),
      ("TinyCLIP-39M/32", "TinyCLIP-ViT-40M-32-Text-19M"), ("TinyCLIP-61M/32", "TinyCLIP-ViT-61M-32-Text-29M"),
    ] {
      var named = try NamedModels.model(name).configuration
      named.usesQuickGELU = true
      #expect(tables.family.first { $0.name == printed }?.configuration == named)
    }
  }

  @Test("a bandwidth that table 2 does not print is table 3's on the same accelerator, else the fastest")
  func bandwidth() throws {
    let tables = try Self.read(
      family: Self.family.replacingOccurrences(of: ",64,128,2,12", with: ",64,32,2,12"))
    #expect(tables.searches.map(\.design.l2BytesPerCycle) == [32, 128])
    #expect(tables.searches[1].design.clusters == 4 && tables.searches[1].design.depth == 64)
  }

  @Test(
    "a damaged table is refused in one line",
    arguments: [
      (
        "family", "0.54,18.5", "0.54,fast",
        "family.csv: line 3, column latency_ms: expected a number from 0.001 to 1000000.0, found \"fast\""
      ),
      (
        "family", "0.54", "-1",
        "family.csv: line 3, column carbon_kgco2e: expected a number from 0.001 to 1000.0, found \"-1\""
      ),
      ("family", "pe_y", "pe_z", "family.csv: line 2: column \"pe_y\" is missing; \"pe_z\" should perhaps be pe_y"),
      ("family", ",149,53.2", ",149", "family.csv: line 3: expected 21 fields, found 20"),
      (
        "family", "B/16,CLIP", "B/x,CLIP",
        "family.csv: line 3, column family: expected a model and its patch, such as B/16, found \"B/x\""
      ),
      ("family", "CarbonCLIP-XS", "CLIP-B/16", "family.csv: line 4, column name: CLIP-B/16 stands twice"),
      (
        "family", "18.5,1,256", "18.5,5,256",
        "family.csv: line 3, column cores: clusters: 5 do not fill 2 rows; take a power of two"
      ),
      (
        "family", ",12,3072", ",0,3072",
        "family.csv: line 3, column vision_layers: expected a whole number from 1 to 256, found \"0\""
      ),
      (
        "search", "min_carbon", "min_carbn",
        "hardware-search.csv: line 2, column target: unknown target \"min_carbn\"; did you mean \"min_carbon\"?"
      ),
      (
        "search", "ViT-L-14", "ViT-L-15",
        "hardware-search.csv: line 3, column shape: unknown shape \"ViT-L-15\"; did you mean \"ViT-L-14\"?"
      ),
      (
        "claims", "CarbonCLIP-XS", "CarbonCLIP-XY",
        "claims.csv: line 2, column model: unknown model \"CarbonCLIP-XY\"; did you mean \"CarbonCLIP-XS\"?"
      ),
      (
        "claims", ",10", ",101",
        "claims.csv: line 2, column less_carbon_percent: expected a number from 0.0 to 100.0, found \"101\""
      ),
      ("claims", "CarbonCLIP-XS,CLIP-B/16,10\n", "", "claims.csv: has no rows of figures"),
    ])
  func damaged(file: String, find: String, put: String, message: String) throws {
    func text(_ name: String, _ text: String) -> String {
      name == file ? text.replacingOccurrences(of: find, with: put) : text
    }
    let error = try #require(throws: InputError.self) {
      try Self.read(
        family: text("family", Self.family), search: text("search", Self.search), claims: text("claims", Self.claims))
    }
    #expect(error.description == message)
  }
}
