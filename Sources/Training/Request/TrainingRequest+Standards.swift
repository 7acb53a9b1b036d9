import CLIPFiles

extension TrainingRequest {
  /// What holds of a setting where nothing is said, for help and documentation: `64`, or `train: 32, finetune: 1` where the
  /// commands differ.
  package static func standard(of setting: Setting<TrainingRequest>) -> String {
    func text(_ preset: TrainingSettings.Preset) -> String {
      guard let value = setting.value(TrainingRequest(preset: preset)) else { return "off" }
      if let number = value.intValue { return "\(number)" }
      if let number = value.doubleValue, number != 0, abs(number) < 1e-2 { return scientific(number) }
      return value.stringValue ?? value.text()
    }
    let train = text(.train), finetune = text(.finetune)
    return train == finetune ? train : "train: \(train), finetune: \(finetune)"
  }

  /// `5e-4`, as people write it.
  private static func scientific(_ number: Double) -> String {
    var mantissa = abs(number), exponent = 0
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    let rounded = (mantissa * 1e6).rounded() / 1e6
    return "\(number < 0 ? "-" : "")\(rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)")e\(exponent)"
  }
}
