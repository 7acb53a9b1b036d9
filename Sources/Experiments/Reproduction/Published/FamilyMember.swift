public import CLIPAccelerators
internal import CLIPFiles
public import CLIPModelShapes
public import CLIPUnits

/// A row of the paper's tables 3 and 9: a model on the accelerator of least carbon that the paper's search found for it.
public struct FamilyMember: Equatable, Sendable {
  /// `B/16` or `B/32`: the model that it was cut from, or is compared with.
  public let family: String
  /// The model's name in the paper.
  public let name: String
  /// Its shape, with the quick GELU that the reference traces.
  public let configuration: CLIPConfiguration
  /// The text tower's width as printed; the configuration has the one that is computed with.
  public let printedTextWidth: Int
  /// The accelerator.
  public let design: AcceleratorDesign
  /// Printed, to 0.01 kg.
  public let carbon: KilogramsCO2e
  /// Printed, to 0.1 ms.
  public let latency: Seconds
  /// Printed parameters, in millions.
  public let parameters: Double
  /// Printed mean accuracy on 41 tasks, in percent.
  public let accuracy: Double

  /// The name without the data that it was trained on: `CLIP-B/16`.
  var shortName: String { name.replacing(" DataComp", with: "") }

  /// Whether the paper's search found the model; the others are what it is compared with.
  public var isOwn: Bool { name.hasPrefix("CarbonCLIP") }

  static let columns = [
    "family", "name", "carbon_kgco2e", "latency_ms", "cores", "pe_x", "pe_y", "l2_kb", "l2_bw_words_per_cycle",
    "glb_mb", "text_layers", "text_ffn", "text_hidden", "text_width_read", "text_heads", "vision_layers", "vision_ffn",
    "vision_hidden", "vision_heads", "params_m", "avg_accuracy_41",
  ]

  /// Every head of the paper's models has 64 channels.
  private static let headWidth = 64

  init(_ row: FigureTable.Row) throws {
    family = try row.text("family")
    guard let patch = family.split(separator: "/").last.flatMap({ Int($0) }), (1...224).contains(patch) else {
      throw InputError(
        "expected a model and its patch, such as B/16, found \(family.quoted())", at: row.place("family"))
    }
    name = try row.text("name")
    func size(_ column: String) throws -> Int { try row.integer(column, in: 1...65536) }
    func layers(_ column: String) throws -> Int { try row.integer(column, in: 1...256) }
    func list(_ column: String, _ layers: Int) throws -> [Int] { Array(repeating: try size(column), count: layers) }
    let imageLayers = try layers("vision_layers"), textLayers = try layers("text_layers")
    configuration = CLIPConfiguration(
      embedDimension: 512, usesQuickGELU: true,
      vision: VisionConfiguration(
        imageSize: 224, patchSize: patch, width: try size("vision_hidden"), headWidth: Self.headWidth,
        headsPerLayer: try list("vision_heads", imageLayers), mlpWidth: try list("vision_ffn", imageLayers)),
      text: TextConfiguration(
        contextLength: 77, vocabularySize: 49408, width: try size("text_width_read"), headWidth: Self.headWidth,
        headsPerLayer: try list("text_heads", textLayers), mlpWidth: try list("text_ffn", textLayers)))
    printedTextWidth = try size("text_hidden")
    design = try AcceleratorDesign(printed: row, l2BytesPerCycle: row.integer("l2_bw_words_per_cycle", in: 1...65536))
    carbon = KilogramsCO2e(try row.number("carbon_kgco2e", in: PublishedTables.carbons))
    latency = Seconds(try row.number("latency_ms", in: PublishedTables.milliseconds) / 1000)
    parameters = try row.number("params_m", in: PublishedTables.megaparameters)
    accuracy = try row.number("avg_accuracy_41", in: 0...100)
  }
}

extension AcceleratorDesign {
  /// A printed accelerator; its words are bytes. The clock is the one of the paper's code.
  init(printed row: FigureTable.Row, l2BytesPerCycle: Int) throws {
    let design = AcceleratorDesign(
      clusters: try row.integer("cores", in: 1...1024), width: try row.integer("pe_x", in: 1...4096),
      depth: try row.integer("pe_y", in: 1...4096), l2Kilobytes: try row.integer("l2_kb", in: 1...65536),
      l2BytesPerCycle: l2BytesPerCycle, bufferMegabytes: try row.integer("glb_mb", in: 1...1024))
    do { self = try design.checked() } catch var error as InputError {
      error.location = row.place("cores")
      throw error
    }
  }
}
