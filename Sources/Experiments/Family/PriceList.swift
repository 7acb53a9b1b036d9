internal import CLIPAccelerators
public import CLIPAssessment
public import CLIPCompute
internal import CLIPFiles
public import CLIPModelShapes
internal import CLIPUnits

/// The best accelerators of models, each looked for once: a space has millions, and the same shape in the same arithmetic is
/// asked for by the choice of members, by the claim, and by the next run of both.
///
/// What is kept of an answer is the design's number with what it costs. When it is asked for again that one design is priced;
/// where it does not cost the same to the last digits, something else has changed, and it is looked for anew.
public final class PriceList {
  private struct Entry {
    let design: Int, value: Double, carbon: Double
  }

  /// The file; nil keeps prices in memory only.
  private let file: String?
  private let pool: ThreadPool
  private let shouldStop: @Sendable () -> Bool
  private var known: [String: Entry] = [:]
  private var saved = ContinuousClock.now
  private var isSaved = true
  private let knowledge = SpaceKnowledge()
  /// How many designs were looked for in their space.
  package private(set) var searched = 0

  /// - Parameters:
  ///   - file: where prices are kept from run to run; a damaged line is looked for anew
  ///   - shouldStop: asked often
  /// - Throws: `InputError` where the file cannot be read.
  public init(file: String? = nil, on pool: ThreadPool, shouldStop: @escaping @Sendable () -> Bool = { false }) throws {
    self.file = file
    self.pool = pool
    self.shouldStop = shouldStop
    guard let file, Folder.containsFile(file) else { return }
    for line in try TextFile.lines(of: file) {
      guard let json = try? JSONParser.parse(line), let key = json["key"]?.stringValue,
        let design = json["design"]?.intValue, let value = json["value"]?.doubleValue,
        let carbon = json["carbon"]?.doubleValue
      else { continue }
      known[key] = Entry(design: design, value: value, carbon: carbon)
    }
  }

  /// A model's accelerator with the least of a metric; nil where none is within the account's limits. Asked for one model in
  /// one use after the other, in all boundaries and on all grids, it is quickest.
  /// - Throws: `InputError` of a design that cannot be priced or a file that cannot be written; `CancellationError` when
  ///   stopped.
  public func least(_ metric: Metric, of shape: CLIPConfiguration, in account: CarbonAccount) throws -> AssessedDesign?
  {
    if shouldStop() { throw CancellationError() }
    let key = key(metric, shape, account)
    if let entry = known[key], let design = try again(entry, metric, shape, account) { return design }
    var assessor = account.assessor
    assessor.shouldStop = shouldStop
    searched += 1
    let found = try assessor.least(
      metric, of: shape, across: account.space, limits: account.limits, knowing: knowledge, on: pool)
    guard let found else { return nil }
    known[key] = Entry(design: found.number, value: found.value(of: metric), carbon: found.value(of: .carbon))
    isSaved = false
    if (ContinuousClock.now - saved).seconds > 5 { try save() }
    return found
  }

  /// Writes down what was found since it was last written.
  /// - Throws: `InputError` where the file cannot be written.
  public func save() throws {
    guard let file, !isSaved else { return }
    try Folder.make(Folder.parent(of: file))
    let lines = known.sorted { $0.key < $1.key }.map { key, entry in
      let json: JSONObject = [
        "key": .string(key), "design": .integer(entry.design), "value": .number(entry.value),
        "carbon": .number(entry.carbon),
      ]
      return JSONValue.object(json).text()
    }
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: file)
    (isSaved, saved) = (true, .now)
  }

  /// The design that was found before, priced now; nil where it costs something else.
  private func again(
    _ entry: Entry, _ metric: Metric, _ shape: CLIPConfiguration, _ account: CarbonAccount
  ) throws -> AssessedDesign? {
    // Only this cost model looks through a space by bounds, which leave designs without a name.
    guard account.assessor.choice == .physical, (0..<account.space.count).contains(entry.design),
      let found = try? account.assessor.assess(shape, on: account.space[entry.design], named: "").priced(
        as: entry.design)
    else { return nil }
    func isSame(_ value: Double, _ known: Double) -> Bool { abs(value - known) <= 1e-12 * abs(known) }
    guard isSame(found.value(of: metric), entry.value), isSame(found.value(of: .carbon), entry.carbon),
      account.assessor.limits(account.limits).allSatisfy({ $0.allows(found) })
    else { return nil }
    return found
  }

  /// All that an answer depends on and the design's own costs do not tell.
  private func key(_ metric: Metric, _ shape: CLIPConfiguration, _ account: CarbonAccount) -> String {
    let space = account.space.choices.map { "\($0.key) \($0.values)" }.joined(separator: "; ")
    let limits = account.assessor.limits(account.limits).map(\.description).joined(separator: "; ")
    let text = """
      \(metric.rawValue) \(shape.json().text()) \(account.name) \(account.assessor.costModelName) \
      \(account.assessor.mapping) \(limits) \(space)
      """
    return String(MurmurHash.hash(text), radix: 36)
  }
}
