import CLIPFiles
import CLIPLayers
import CLIPModelShapes
import CLIPRanks
import CLIPRecipes
import CLIPTensors

// How several processes train one model: what they must agree on, and what rank 0 tells the others.
extension Trainer {
  /// The key under which a run's record says how many ranks it has.
  static let ranksKey = "ranks"

  /// Refuses ranks that have another program, other settings, weights or data than rank 0.
  /// - Throws: ``RankDisagreement`` on all ranks alike, naming the first that differs.
  static func agree(
    _ ranks: (any RankGroup)?, version: String, _ student: Student, _ record: JSONObject, _ identities: RunIdentities
  ) throws {
    guard let ranks else { return }
    var weights = ""
    for parameter in ParameterList(student.configuration).parameters {
      let tensor = try student.parameters.parameter(parameter.name, Shape(parameter.shape))
      weights += "\(parameter.name) \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })\n"
    }
    let own: [(what: String, value: String)] = [
      ("another version of the program", version), ("other settings", JSONValue.object(record).text()),
      ("other weights", weights), ("other data or other teachers", JSONValue.object(identities.json).text()),
    ]
    try ranks.requireAgreement(own)
  }

  /// Whether any rank is asked to stop: then all do, after the same step.
  func agreed(_ stops: Bool) throws -> Bool { try ranks?.any(stops) ?? stops }

  /// Tells the other ranks where the run goes on: state, weights and what the optimizer keeps.
  func sendPoint(_ point: ResumePoint?) throws {
    guard let ranks else { return }
    _ = try ranks.broadcast(point == nil ? "" : JSONValue.object(state.json).text())
    guard point != nil else { return }
    try exchangePoint(ranks)
  }

  /// Takes what rank 0 read.
  func receivePoint() throws {
    guard let ranks else { return }
    let text = try ranks.broadcast("")
    guard !text.isEmpty else { return }
    guard let json = try JSONParser.parse(text).objectValue else { throw InputError("rank 0 told no state") }
    state = try TrainerState(json, batchesPerEpoch: data.batchesPerEpoch, batch: data.batchSize)
    data.leftOut = state.leftOut
    try exchangePoint(ranks)
  }

  private func exchangePoint(_ ranks: any RankGroup) throws {
    for (_, block) in Self.blocks(engine) {
      try ranks.broadcast(UnsafeMutableRawBufferPointer(block.memory(of: 0..<block.entries.count)))
    }
    try engine.shareScales(ranks)
  }

  /// What one step of this session told other ranks, in bytes, and the time that took; nil without ranks or steps.
  var trafficFacts: JSONObject? {
    guard let ranks, state.step > resumedAt ?? 0 else { return nil }
    let steps = Double(state.step - (resumedAt ?? 0)), now = ranks.traffic
    return [
      "count": .integer(ranks.count), "bytes_per_step": .number(Double(now.bytes - trafficBefore.bytes) / steps),
      "seconds_per_step": .number((now.seconds - trafficBefore.seconds) / steps),
    ]
  }

  /// Settings as they compare: what is trained on is the batch of all ranks together, whatever their number.
  static func withWholeBatch(_ record: JSONObject) -> JSONObject {
    guard let ranks = record[ranksKey]?.intValue, let batch = record["batch-size"]?.intValue else { return record }
    var whole = JSONObject()
    for (key, value) in record.pairs where key != ranksKey { whole[key] = value }
    whole["batch-size"] = .integer(ranks * batch)
    return whole
  }
}
