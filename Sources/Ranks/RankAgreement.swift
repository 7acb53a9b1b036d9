public import CLIPFiles

/// Ranks that do not fit together, or what some of them cannot do: every rank finds it, and one tells it.
public struct RankDisagreement: Error {
  /// What does not fit.
  public let error: InputError

  /// A disagreement that all ranks know of.
  public init(_ error: InputError) { self.error = error }
}

extension RankGroup {
  /// Refuses ranks that know something else than rank 0.
  ///
  /// - Parameter facts: what is said of a rank that differs, such as `other weights`, and what is compared; as many on all
  ///   ranks
  /// - Throws: ``RankDisagreement`` on all ranks alike, naming the first that differs.
  public func requireAgreement(_ facts: [(what: String, value: String)]) throws {
    let hashes = facts.map { String(MurmurHash.hash($0.value), radix: 16) }
    let all = try gather(hashes.joined(separator: " ")).map { $0.split(separator: " ") }
    for (rank, hashes) in all.enumerated() {
      guard hashes.count == facts.count, let different = facts.indices.first(where: { hashes[$0] != all[0][$0] }) else {
        continue
      }
      throw RankDisagreement(
        InputError(
          "rank \(rank) has \(facts[different].what) than rank 0",
          advice: "start all ranks with one command, on hosts that see the same program and files"))
    }
  }

  /// Does what may fail on this rank alone; then all ranks know whether it failed on any.
  ///
  /// - Parameter body: tells the other ranks nothing
  /// - Throws: ``RankDisagreement`` on all ranks alike where it failed on any: with the error itself where all have the same,
  ///   else with the first such rank's.
  public func together<Value>(_ body: () throws -> Value) throws -> Value {
    let outcome = Result { try body() }
    var fault = ""
    // Errors without words are told, too.
    if case .failure(let error) = outcome { fault = "\(error)".isEmpty ? "\(type(of: error))" : "\(error)" }
    let faults = try gather(fault)
    guard let first = faults.firstIndex(where: { !$0.isEmpty }) else { return try outcome.get() }
    if case .failure(let error as InputError) = outcome, faults.allSatisfy({ $0 == fault }) {
      throw RankDisagreement(error)
    }
    throw RankDisagreement(InputError("rank \(first): \(faults[first])"))
  }
}
