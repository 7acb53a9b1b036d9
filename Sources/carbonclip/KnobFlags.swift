import CLIPAccelerators
import CLIPCarbonFootprint
import CLIPFiles

/// The flags that turn knobs of designs; `--dram` is one of them where it names devices, else the scenario's.
struct KnobFlags {
  let changes: [DesignChange]
  /// The scenario's flags without those that are a design's.
  let scenario: ScenarioOptions

  /// - Throws: `InputError` for a DRAM that is no device, no kind and not none.
  init(_ options: EstimateOptions, _ scenario: ScenarioOptions, _ memories: MemoryCatalog) throws {
    var changes: [DesignChange] = [], rest = scenario
    func change(_ key: String, _ words: String?) {
      guard let words else { return }
      changes.append(DesignChange(key, words: words, origin: "--\(key)"))
    }
    change("weights-in", options.weightsIn)
    change("l2-ports", options.l2Ports)
    change("buffer-ports", options.bufferPorts)
    if let dram = scenario.dram {
      let names = dram.split(separator: ",").map { String($0).trimmed }
      if names.allSatisfy({ memories.dramNames.contains($0) }), !names.isEmpty {
        change("dram", dram)
        rest.dram = nil
      } else if dram != "none", (try? MemoryTable().type(dram)) == nil {
        let unknown = names.first { !memories.dramNames.contains($0) } ?? dram
        throw InputError(
          "--dram: unknown DRAM \(unknown.quoted())",
          advice: Suggestion.advice(
            for: unknown, among: memories.dramNames + ["none"] + (try MemoryTable().types.map(\.code))))
      }
    }
    self.changes = changes
    self.scenario = rest
  }
}
