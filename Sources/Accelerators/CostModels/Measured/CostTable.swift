internal import CLIPFiles
public import CLIPModelShapes
public import CLIPUnits

/// What encoders of some shapes took on a device, as a CSV file says it: a row for each encoder, batch size and precision.
///
/// `carbonclip bench --csv` and `scripts/measure-onnx.py` write such files; `docs/devices.md` describes every column.
public struct CostTable: Equatable, Sendable {
  /// One encoder of a shape.
  public struct Row: Equatable, Sendable {
    /// Where it stands in its file; 0 for a row that was made.
    public var line = 0
    /// What the device is called.
    public var device: String
    /// Whose shape the row tells: of the image tower, or of the text tower.
    public var encoder: Operation.Tower
    /// `fp32`, `bf16`, `int8`.
    public var precision: String
    /// Pictures or texts of a run.
    public var batchSize: Int
    /// Of pictures and their patches, in pixels; nil in rows of texts.
    public var imageSize: Int?, patchSize: Int?
    /// Tokens that the text tower can read, and those of each text that was measured; nil in rows of pictures.
    public var contextLength: Int?, textTokens: Int?
    /// What of the last block was computed.
    public var lastBlock = ModelUse.LastBlock.pooledToken
    /// Channels of the tower's residual stream.
    public var width: Int
    /// Heads, and units of the feed-forward layer, of each layer.
    public var heads: [Int], mlp: [Int]
    /// Channels of a head; nil for the priced model's.
    public var headWidth: Int?
    /// Dimensions of the features.
    public var embedDimension: Int
    /// The median time of a run.
    public var latency: Seconds
    /// Energy of a run above idle.
    public var energy: Joules
    /// What the device draws when it waits; nil where that is not known.
    public var idle: Watts?
    /// Of making the whole device; nil where that is not known.
    public var embodied: KilogramsCO2e?
    /// How it was measured, in words.
    public var method = ""

    /// What a tower of a model took.
    public init(
      device: String, encoder: Operation.Tower, precision: String, batchSize: Int, of model: CLIPConfiguration,
      textTokens: Int? = nil, latency: Seconds, energy: Joules, idle: Watts? = nil, embodied: KilogramsCO2e? = nil,
      method: String = ""
    ) {
      self.device = device
      self.encoder = encoder
      self.precision = precision
      self.batchSize = batchSize
      let tower = encoder == .text ? model.text.tower : model.vision.tower
      if encoder == .text {
        contextLength = model.text.contextLength
        self.textTokens = textTokens ?? model.text.contextLength
      } else {
        imageSize = model.vision.imageSize
        patchSize = model.vision.patchSize
      }
      width = tower.width
      heads = tower.headsPerLayer
      mlp = tower.mlpWidth
      headWidth = tower.headWidth
      embedDimension = model.embedDimension
      self.latency = latency
      self.energy = energy
      self.idle = idle
      self.embodied = embodied
      self.method = method
    }

    /// How many layers there are.
    public var layers: Int { heads.count }
  }

  /// The rows, in the order of the file.
  public let rows: [Row]
  /// What messages call it: the file's path.
  public let name: String

  /// A table of rows.
  public init(_ rows: [Row], name: String = "costs") {
    self.rows = rows
    self.name = name
  }

  /// Columns that no file may lack, and those that it may.
  public static let needed = [
    "encoder", "precision", "batch_size", "layers", "width", "heads", "mlp", "embed_dim", "latency_s", "energy_j",
  ]
  /// See ``needed``.
  public static let optional = [
    "device", "image_size", "patch_size", "context_length", "text_tokens", "last_block", "head_width", "idle_w",
    "embodied_kgco2e", "method",
  ]

  /// Numbers that are accepted.
  private static let sizes = 1...1_000_000
  private static let latencies = 1e-9...86_400, energies = 1e-12...3.6e6, powers = 0...1e5, carbons = 0...1e6

  /// Reads a file.
  /// - Throws: `InputError` naming the file, the line and the column of what cannot be a measurement.
  public init(file path: String) throws {
    let table = try FigureTable(file: path, columns: Self.needed)
    let known = Self.needed + Self.optional
    // A column under another name would be passed over in silence, and with it what the device draws or was made with.
    for column in table.columns where !known.contains(column) {
      let near = Suggestion.nearest(to: column, among: Self.optional)
      throw InputError(
        "unknown column \(column.quoted())", file: path,
        advice: near.map { "should it be \($0)?" } ?? "leave it out; the others are \(known.joined(separator: ", "))")
    }
    name = path
    rows = try namingFile(path) { try table.rows.map(Self.row) }
  }

  private static func row(_ row: FigureTable.Row) throws -> Row {
    let word = try row.text("encoder")
    guard let encoder = Operation.Tower(rawValue: word), encoder != .both else {
      throw InputError("expected image or text, found \(word.quoted())", at: row.place("encoder"))
    }
    let precision: String
    switch try row.text("precision") {
    case "fp32", "float32": precision = "fp32"
    case "bf16", "bfloat16": precision = "bf16"
    case "int8": precision = "int8"
    case let other:
      throw InputError("expected fp32, bf16 or int8, found \(other.quoted())", at: row.place("precision"))
    }
    let layers = try row.integer("layers", in: 1...10_000)
    func optional(_ column: String, in range: ClosedRange<Double>) throws -> Double? {
      row[column].isEmpty ? nil : try row.number(column, in: range)
    }
    func size(_ column: String) throws -> Int? { row[column].isEmpty ? nil : try row.integer(column, in: sizes) }
    var found = Row(
      device: row["device"], encoder: encoder, precision: precision,
      batchSize: try row.integer("batch_size", in: sizes), width: try row.integer("width", in: sizes),
      heads: try list(row, "heads", layers), mlp: try list(row, "mlp", layers),
      embedDimension: try row.integer("embed_dim", in: sizes),
      latency: Seconds(try row.number("latency_s", in: latencies)),
      energy: Joules(try row.number("energy_j", in: energies)))
    found.line = row.line
    found.headWidth = try size("head_width")
    found.idle = try optional("idle_w", in: powers).map { Watts($0) }
    found.embodied = try optional("embodied_kgco2e", in: carbons).map { KilogramsCO2e($0) }
    found.method = row["method"]
    if encoder == .image {
      found.imageSize = try row.integer("image_size", in: sizes)
      found.patchSize = try row.integer("patch_size", in: 1...(found.imageSize ?? 1))
    } else {
      let context = try row.integer("context_length", in: sizes)
      found.contextLength = context
      found.textTokens = row["text_tokens"].isEmpty ? context : try row.integer("text_tokens", in: 1...context)
    }
    if !row["last_block"].isEmpty {
      guard let block = ModelUse.LastBlock(rawValue: row["last_block"]) else {
        throw InputError(
          "expected \(ModelUse.LastBlock.allCases.map(\.rawValue).joined(separator: " or ")), found "
            + row["last_block"].quoted(), at: row.place("last_block"))
      }
      found.lastBlock = block
    }
    return found
  }

  /// `8`, or `8;8;6`: one number for all layers, or one for each.
  private static func list(_ row: FigureTable.Row, _ column: String, _ layers: Int) throws -> [Int] {
    let numbers = try row.text(column).split(separator: ";").map { Int(String($0).trimmed) }
    let range = 0...1_000_000
    guard numbers.count == 1 || numbers.count == layers, numbers.allSatisfy({ $0.map(range.contains) ?? false }) else {
      throw InputError(
        "expected a whole number, or one for each of \(layers) layers with ; between them, found "
          + row[column].quoted(), at: row.place(column))
    }
    let sizes = numbers.compactMap { $0 }
    return sizes.count == layers ? sizes : Array(repeating: sizes[0], count: layers)
  }

  /// The table as a file's text.
  public var csv: String {
    let columns = [
      "device", "encoder", "precision", "batch_size", "image_size", "patch_size", "context_length", "text_tokens",
      "last_block", "layers", "width", "heads", "head_width", "mlp", "embed_dim", "latency_s", "energy_j", "idle_w",
      "embodied_kgco2e", "method",
    ]
    func text(_ value: Int?) -> String { value.map { "\($0)" } ?? "" }
    func text(_ sizes: [Int]) -> String {
      Set(sizes).count == 1 ? "\(sizes[0])" : sizes.map { "\($0)" }.joined(separator: ";")
    }
    let lines = rows.map { row -> String in
      [
        row.device, row.encoder.rawValue, row.precision, "\(row.batchSize)", text(row.imageSize), text(row.patchSize),
        text(row.contextLength), text(row.textTokens), row.lastBlock.rawValue, "\(row.layers)", "\(row.width)",
        text(row.heads), text(row.headWidth), text(row.mlp), "\(row.embedDimension)", "\(row.latency.value)",
        "\(row.energy.value)", row.idle.map { "\($0.value)" } ?? "", row.embodied.map { "\($0.value)" } ?? "",
        row.method,
      ].map { $0.isEmpty ? "" : DelimitedText.quoted($0, separator: UInt8(ascii: ",")) }.joined(separator: ",")
    }
    return ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }
}

extension CostTable.Row {
  fileprivate init(
    device: String, encoder: Operation.Tower, precision: String, batchSize: Int, width: Int, heads: [Int],
    mlp: [Int], embedDimension: Int, latency: Seconds, energy: Joules
  ) {
    self.device = device
    self.encoder = encoder
    self.precision = precision
    self.batchSize = batchSize
    self.width = width
    self.heads = heads
    self.mlp = mlp
    self.embedDimension = embedDimension
    self.latency = latency
    self.energy = energy
  }
}
