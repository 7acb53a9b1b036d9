import CLIPFiles

/// One tower's keys; `vision_config_dict` overrides `vision_config`, as it does in transformers.
struct HuggingFaceSection {
  let sections: [KeyReader]

  init(_ reader: KeyReader, _ name: String) throws {
    sections = try ["\(name)_dict", name].filter { reader.value($0) != nil }.map { try reader.section($0) }
    if sections.isEmpty, reader.value("model_type") == nil {
      throw InputError("expected an object, found nothing", at: name)
    }
  }

  private func reader(_ key: String) -> KeyReader? { sections.first { $0.value(key) != nil } }

  func whole(_ key: String, _ range: ClosedRange<Int>, default standard: Int) throws -> Int {
    try reader(key)?.whole(key, range) ?? standard
  }

  func square(_ key: String, _ range: ClosedRange<Int>, default standard: Int) throws -> Int {
    try reader(key)?.square(key, range) ?? standard
  }

  func number(_ key: String, _ range: ClosedRange<Double>, default standard: Double) throws -> Double {
    try reader(key)?.number(key, range) ?? standard
  }

  func flag(_ key: String, default standard: Bool) throws -> Bool {
    try reader(key)?.flag(key, default: standard) ?? standard
  }

  func activation<Activation: RawRepresentable<String> & CaseIterable>(default standard: Activation) throws
    -> Activation
  {
    try reader("hidden_act")?.choice("hidden_act", default: standard) ?? standard
  }

  /// Where a key stands, or would.
  func location(_ key: String) -> String { (reader(key) ?? sections.first)?.location(key) ?? key }

  func heads(default standard: Int, width: Int) throws -> Int {
    let key = "num_attention_heads"
    let heads = try whole(key, ShapeLimits.heads, default: standard)
    guard width % heads == 0 else {
      throw InputError(
        "\(heads) heads do not share a width of \(width) evenly",
        at: location(key))
    }
    return heads
  }
}
