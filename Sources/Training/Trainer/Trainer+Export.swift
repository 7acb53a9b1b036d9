import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPSystem
import CLIPWeights

extension Trainer {
  /// Writes the model as an open_clip folder: weights, configuration, tokenizer, the newest validation and a model card.
  /// - Throws: ``InputError`` when it cannot be written.
  public func export(to path: String) throws { try AtomicFolder.write(to: path) { try write(to: $0) } }

  private func write(to path: String) throws {
    let type: ElementType =
      switch settings.savedPrecision {
      case .fp32: .float32
      case .fp16: .float16
      case .bf16: .bfloat16
      }
    try CheckpointFolder.writeOpenCLIP(
      to: path, student.configuration, preprocess: student.preprocess, parameters: engine.weights, as: type)
    try student.tokenizer.save(to: path, contextLength: student.configuration.text.contextLength)
    if let lastValidation {
      try AtomicFile.write(lastValidation.json.text(indentation: 2) + "\n", to: "\(path)/metrics.json")
    }
    meter.sample(always: true)
    try writeCard(to: path)
  }

  /// Writes the model card, with the figures as they are now.
  func writeCard(to path: String) throws {
    let card = ModelCard(
      name: name, student: student, teachers: panel.teachers.map(\.loaded.pretrained), losses: losses,
      data: source.path, validation: validation?.path, settings: settings, steps: state.step, samples: state.samples,
      footprint: footprint, result: lastValidation, baseline: state.baseline,
      leftOut: state.leftOut.summary, version: version)
    try AtomicFile.write(card.text, to: "\(path)/README.md")
  }

  /// What the log says first.
  var startFacts: JSONObject {
    var facts: JSONObject = [
      "name": .string(name), "version": .string(version), "model": .string(student.name),
      "parameters": .integer(ParameterList(student.configuration).parameterCount),
      "samples_per_epoch": .integer(data.batchesPerEpoch * data.batchSize), "total_steps": .integer(totalSteps),
      "batch_size": .integer(data.batchSize), "threads": .integer(pool.threads), "time": .string(Self.now()),
      "recipe": .object(record),
    ]
    facts["precision"] = .string(engine.precision.rawValue)
    if let ranks { facts["ranks"] = .integer(ranks.count) }
    if let resumedAt { facts["resumed_at_step"] = .integer(resumedAt) }
    return facts
  }

  /// The time as ISO 8601 writes it, in UTC.
  private static func now() -> String {
    var seconds = time(nil), parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return
      "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }
}
