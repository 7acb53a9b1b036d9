internal import CLIPCompute
public import CLIPFiles
public import CLIPModelShapes
public import CLIPUnits

/// What a device takes for shapes that were not measured, fitted to those that were.
///
///     cost of a run = sum over layers of rates x (multiply-adds of attention, of scores, of the feed-forward layer,
///                     elements, weights) + rates x (embeddings and output, layers, one run)
///
/// Rates are never negative (least squares of relative errors); image and text encoder, time and energy have their own. How
/// far it errs is told by leaving each measured shape out in turn.
public struct MeasuredCosts: Sendable {
  /// How well a fit tells shapes that it did not see.
  public struct Fit: Equatable, Sendable {
    /// How many rows it was fitted to.
    public let rows: Int
    /// How many different shapes there are among them.
    public let shapes: Int
    /// Mean and largest relative error of a row that was left out with all rows of its shape; nil below four shapes.
    public let latencyError: Error?, energyError: Error?
    /// The least and the most multiply-adds of the rows.
    public let multiplyAdds: ClosedRange<Double>
    /// Seconds, and joules, for one of each amount, by name.
    public let latencyRates: [(name: String, rate: Double)], energyRates: [(name: String, rate: Double)]

    /// Errors of shapes that were left out, as a part of what was measured.
    public struct Error: Equatable, Sendable {
      /// Of all, on the mean, and at the most.
      public let mean: Double, worst: Double
    }

    /// Fits are equal where their rates and errors are, whatever the amounts are called.
    public static func == (a: Fit, b: Fit) -> Bool {
      a.rows == b.rows && a.shapes == b.shapes && a.latencyError == b.latencyError && a.energyError == b.energyError
        && a.multiplyAdds == b.multiplyAdds && a.latencyRates.map(\.rate) == b.latencyRates.map(\.rate)
        && a.energyRates.map(\.rate) == b.energyRates.map(\.rate)
    }
  }

  /// What the device is called; `device` where the table does not say.
  public let device: String
  /// In which arithmetic it computed: `fp32`, `bf16`, `int8`.
  public let precision: String
  /// The table's file.
  public let file: String
  /// What the device draws when it waits; nil where that is not known.
  public let idle: Watts?
  /// Of making the whole device; nil where the table does not say.
  public let embodied: KilogramsCO2e?
  /// How it was measured, in words.
  public let methods: [String]
  /// What of the last block the device computes.
  public let lastBlock: ModelUse.LastBlock

  private let rows: [CostTable.Row]
  private let base: CLIPConfiguration
  private let rates: [Key: Rates]

  private struct Key: Hashable {
    let encoder: Operation.Tower
    let batch: Int
  }

  /// Of time and of energy, in the order of ``MeasuredWork``, and what they were fitted to.
  private struct Rates: Sendable {
    let latency: [Double], energy: [Double]
    let fit: Fit
  }

  /// Fewer shapes of an encoder say too little about others.
  public static let fewestShapes = 3

  /// Fits the rows of a device in a precision.
  /// - Parameters:
  ///   - precision: nil takes the table's only one
  ///   - device: nil takes the table's only one
  ///   - base: what rows do not say of a model is as here: kinds of layers, channels of a head
  /// - Throws: `InputError` where the table has several devices or precisions and none is chosen, or too few rows.
  public init(
    _ table: CostTable, precision: String? = nil, device: String? = nil, like base: CLIPConfiguration
  ) throws {
    self.base = base
    file = table.name
    func chosen(_ values: [String], _ wanted: String?, _ name: String) throws -> String {
      let known = Set(values).sorted()
      if let wanted {
        guard known.contains(wanted) else {
          throw InputError(
            "has no rows of \(name) \(wanted.quoted())", file: table.name,
            advice: "it has \(known.joined(separator: ", "))")
        }
        return wanted
      }
      guard known.count == 1 else {
        throw InputError(
          "has rows of \(known.count) \(name)s: \(known.joined(separator: ", "))", file: table.name,
          advice: "name one: costs: {file: ..., \(name): ...}, or --costs-\(name)")
      }
      return known[0]
    }
    self.device = try chosen(table.rows.map(\.device), device, "device")
    let own = table.rows.filter { [name = self.device] in $0.device == name }
    self.precision = try chosen(own.map(\.precision), precision, "precision")
    rows = own.filter { [precision = self.precision] in $0.precision == precision }
    func only<Value: Hashable>(_ values: [Value?], _ column: String) throws -> Value? {
      let known = Set(values.compactMap { $0 })
      guard known.count < 2 else {
        throw InputError("column \(column) has several values for one device", file: table.name)
      }
      return known.first
    }
    idle = try only(rows.map { $0.idle?.value }, "idle_w").map { Watts($0) }
    embodied = try only(rows.map { $0.embodied?.value }, "embodied_kgco2e").map { KilogramsCO2e($0) }
    lastBlock = try only(rows.map { Optional($0.lastBlock) }, "last_block") ?? .pooledToken
    methods = Set(rows.map(\.method)).filter { !$0.isEmpty }.sorted()
    var rates: [Key: Rates] = [:]
    for key in Set(rows.map { Key(encoder: $0.encoder, batch: $0.batchSize) }) {
      rates[key] = try Self.fit(
        rows.filter { $0.encoder == key.encoder && $0.batchSize == key.batch }, base, table.name)
    }
    self.rates = rates
    guard rates.keys.contains(where: { $0.encoder == .image }) else {
      throw InputError("has no rows of image encoders for \(self.precision)", file: table.name)
    }
  }

  private static func fit(_ rows: [CostTable.Row], _ base: CLIPConfiguration, _ file: String) throws -> Rates {
    let models = rows.map { $0.model(like: base) }
    let amounts = zip(rows, models).map {
      MeasuredWork.amounts(of: $0.1, $0.0.encoder, $0.0.use, batch: $0.0.batchSize)
    }
    var shapes: [Int] = []
    for index in rows.indices { shapes.append(amounts.firstIndex(of: amounts[index]) ?? index) }
    let count = Set(shapes).count
    guard count >= fewestShapes || rows[0].encoder == .text else {
      throw InputError(
        "has \(count) shape\(count == 1 ? "" : "s") of \(rows[0].encoder.rawValue) encoders at batch size "
          + "\(rows[0].batchSize) in \(rows[0].precision); at least \(fewestShapes) are needed", file: file,
        advice: "measure more: carbonclip bench --space, scripts/measure-onnx.py")
    }
    func solved(_ places: [Int], _ values: [Double]) throws -> [Double] {
      // Relative errors: a large shape must not decide alone.
      let weighted = places.map { place in amounts[place].map { $0 / values[place] } }
      guard let rates = NonNegativeLeastSquares.solve(weighted, places.map { _ in 1 }) else {
        throw InputError("holds sizes too large to be fitted", file: file)
      }
      return rates
    }
    func error(_ values: [Double]) throws -> Fit.Error? {
      guard count > fewestShapes else { return nil }
      var errors: [Double] = []
      for shape in Set(shapes).sorted() {
        let rates = try solved(rows.indices.filter { shapes[$0] != shape }, values)
        for place in rows.indices where shapes[place] == shape {
          errors.append(abs(Self.product(rates, amounts[place]) / values[place] - 1))
        }
      }
      return Fit.Error(mean: errors.reduce(0, +) / Double(errors.count), worst: errors.max() ?? 0)
    }
    let latencies = rows.map(\.latency.value), energies = rows.map(\.energy.value)
    let latency = try solved(Array(rows.indices), latencies), energy = try solved(Array(rows.indices), energies)
    let work = amounts.map(Self.multiplyAdds)
    func named(_ rates: [Double]) -> [(name: String, rate: Double)] {
      zip(MeasuredWork.allCases, rates).map { ($0.rawValue, $1) }
    }
    return Rates(
      latency: latency, energy: energy,
      fit: Fit(
        rows: rows.count, shapes: count, latencyError: try error(latencies), energyError: try error(energies),
        multiplyAdds: (work.min() ?? 0)...(work.max() ?? 0), latencyRates: named(latency), energyRates: named(energy)))
  }

  private static func multiplyAdds(_ amounts: [Double]) -> Double {
    zip(MeasuredWork.allCases, amounts).reduce(0) { $0 + ($1.0.isProduct ? $1.1 : 0) }
  }

  private static func product(_ rates: [Double], _ amounts: [Double]) -> Double {
    zip(rates, amounts).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The fits, by encoder and batch size.
  public var fits: [(encoder: Operation.Tower, batch: Int, fit: Fit)] {
    rates.map { ($0.key.encoder, $0.key.batch, $0.value.fit) }
      .sorted { ($0.encoder.rawValue, $0.batch) < ($1.encoder.rawValue, $1.batch) }
  }

  /// What a tower takes for so many pictures or texts: one line a kind of work, with how often it is run.
  ///
  /// Rows of just that batch size are used where there are any, else those of single ones, one run after another.
  /// - Throws: `InputError` where neither were measured.
  func lines(
    of model: CLIPConfiguration, _ encoder: Operation.Tower, _ use: ModelUse, count: Int
  ) throws -> [(work: MeasuredWork, amount: Double, runs: Int, latency: Seconds, energy: Joules)] {
    let whole = rates[Key(encoder: encoder, batch: count)], single = rates[Key(encoder: encoder, batch: 1)]
    guard let rates = whole ?? single else {
      throw InputError(
        "has no rows of \(encoder.rawValue) encoders at batch size \(count == 1 ? "1" : "\(count) or 1") in \(precision)",
        file: file, advice: "measure them")
    }
    var use = use
    use.lastBlock = lastBlock
    let amounts = MeasuredWork.amounts(of: model, encoder, use, batch: whole == nil ? 1 : count)
    return zip(MeasuredWork.allCases, amounts).enumerated().map { place, one in
      (
        one.0, one.1, whole == nil ? count : 1, Seconds(rates.latency[place] * one.1),
        Joules(rates.energy[place] * one.1)
      )
    }
  }

  /// Whether a model's work lies beyond that of all measured shapes, in a sentence; nil where it does not.
  public func extrapolation(to model: CLIPConfiguration, in use: ModelUse) -> String? {
    for (encoder, batch, fit) in fits where batch == 1 {
      if encoder == .text, use.keepsTexts { continue }
      var use = use
      use.lastBlock = lastBlock
      let work = Self.multiplyAdds(MeasuredWork.amounts(of: model, encoder, use, batch: 1))
      // A fifth beyond the ends is still beside them.
      guard work > fit.multiplyAdds.upperBound * 1.2 || work < fit.multiplyAdds.lowerBound / 1.2 else { continue }
      return
        "\(encoder.rawValue) encoders of \(Figures.significant(work * 1e-6)) M multiply-adds lie beyond the measured ones, "
        + "\(Figures.significant(fit.multiplyAdds.lowerBound * 1e-6)) to "
        + "\(Figures.significant(fit.multiplyAdds.upperBound * 1e-6)) M: their costs are extrapolated"
    }
    return nil
  }

  /// What is known of the device and how well, a line each.
  public var summary: [String] {
    var lines = [
      "measured costs of \(device.isEmpty ? "one device" : device) in \(precision), from \(file)"
        + (methods.isEmpty ? "" : " (\(methods.joined(separator: "; ")))")
    ]
    for (encoder, batch, fit) in fits {
      func text(_ error: Fit.Error?) -> String {
        error.map { "\(Figures.percent($0.mean)) on the mean, \(Figures.percent($0.worst)) at the most" } ?? "not known"
      }
      lines.append(
        "\(encoder.rawValue) encoder, batch \(batch): \(fit.shapes) shapes; a shape left out errs by "
          + "\(text(fit.latencyError)) (time), \(text(fit.energyError)) (energy)")
    }
    return lines
  }

  /// The same as plain data; errors are parts of what was measured.
  public var json: JSONObject {
    func error(_ error: Fit.Error?) -> JSONValue {
      error.map { ["mean": .number($0.mean), "worst": .number($0.worst)] } ?? .null
    }
    func rates(_ list: [(name: String, rate: Double)]) -> JSONValue {
      .object(list.reduce(into: JSONObject()) { $0[$1.name] = .number($1.rate) })
    }
    return [
      "device": .string(device), "precision": .string(precision), "file": .string(file),
      "methods": .array(methods.map { .string($0) }), "last_block": .string(lastBlock.rawValue),
      "idle_w": idle.map { .number($0.value) } ?? .null,
      "embodied_kgco2e": embodied.map { .number($0.value) } ?? .null,
      "fits": .array(
        fits.map { encoder, batch, fit in
          [
            "encoder": .string(encoder.rawValue), "batch_size": .integer(batch), "rows": .integer(fit.rows),
            "shapes": .integer(fit.shapes), "left_out_latency_error": error(fit.latencyError),
            "left_out_energy_error": error(fit.energyError), "seconds_each": rates(fit.latencyRates),
            "joules_each": rates(fit.energyRates),
          ]
        }),
    ]
  }
}
