import CLIPFiles
import CLIPRecipes
import CLIPTraining
import Foundation
import Testing

/// A setting is declared once; reader, record and documentation say the same of it.
@Suite("Settings")
struct SettingTests {
  private static let page = "\(TrainerTests.root)/docs/training.md"
  private static let head = "| setting | values | what it says |\n| --- | --- | --- |\n"

  /// A number as people write it.
  private static func bound(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  private static func values(_ kind: SettingKind) -> String {
    switch kind {
    case .text: "a text"
    case .texts: "a text, or several"
    case .flag: "true or false"
    case .integer(let range):
      range.upperBound >= 1 << 40
        ? "a whole number from \(range.lowerBound)" : "a whole number, \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "\(bound(range.lowerBound)) to \(bound(range.upperBound))"
    case .numbers(let range): "numbers, \(bound(range.lowerBound)) to \(bound(range.upperBound))"
    case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .weights: "names with numbers"
    }
  }

  /// The table as the declarations have it.
  private static var table: String {
    TrainingRequest.all.map { setting in
      var text = setting.help.replacing("{default}", with: TrainingRequest.standard(of: setting))
      if text.hasPrefix("(") { text = String(text.dropFirst().dropLast()) }
      if !setting.hasFlag { text += " In recipes only." }
      return "| `\(setting.key)` | \(values(setting.kind)) | \(text.replacing("|", with: "\\|")) |\n"
    }.joined()
  }

  @Test("docs/training.md has the table of all settings as they are declared; with WRITE_DOCS it is written anew")
  func documentation() throws {
    let text = try TextFile.text(of: Self.page)
    let parts = text.split(separator: Self.head, maxSplits: 1)
    try #require(parts.count == 2)
    let rows = parts[1].prefix(through: parts[1].range(of: "\n\n")?.lowerBound ?? parts[1].startIndex)
    let found = rows.hasPrefix("|") ? rows : ""
    if ProcessInfo.processInfo.environment["WRITE_DOCS"] != nil {
      try AtomicFile.write(parts[0] + Self.head + Self.table + parts[1].dropFirst(found.count), to: Self.page)
    } else {
      #expect(found == Self.table)
    }
  }

  @Test("every declared setting is read, and what it came to is written down and read again")
  func read() throws {
    let settings = TrainingRequest.all
    #expect(Set(settings.map(\.key)).count == settings.count)
    for setting in settings {
      let given: String? =
        switch setting.kind {
        case .flag: setting.key == "augment" ? "false" : "true"
        case .integer(let range): "\(min(range.upperBound, max(range.lowerBound, 2)))"
        case .number(let range): "\(min(range.upperBound, range.lowerBound + 0.5))"
        case .choice(let words): words.last
        case .text: ["model", "train-data"].contains(setting.key) ? nil : "word"
        case .texts, .numbers, .weights: nil
        }
      guard let given, !["equal-flops", "epochs-cooldown", "aug-color-jitter-prob"].contains(setting.key) else {
        continue
      }
      var text = "model: micro-s\ntrain-data: x\n"
      // Random weights are not rounded.
      if ["quantize", "calibrate-every"].contains(setting.key) { text += "pretrained: x\n" }
      if setting.key == "calibrate-every" { text += "quantize: int8\n" }
      // Their upper end is open.
      text += setting.key == "beta1" || setting.key == "beta2" ? "\(setting.key): 0.5\n" : "\(setting.key): \(given)\n"
      let request = try TrainingRequest(Recipe.parse(text, origin: "test"), preset: .train)
      #expect(request.resolved.contains(setting.key), "\(setting.key)")
      let again = try TrainingRequest(Recipe.parse(Recipe.text(request.resolved), origin: "again"), preset: .train)
      #expect(again.resolved == request.resolved, "\(setting.key)")
    }
  }

  @Test("a setting that another optimizer has is refused, and each optimizer has its own standards")
  func optimizer() throws {
    func request(_ more: String) throws -> TrainingRequest {
      try TrainingRequest(
        Recipe.parse("pretrained: x\ntrain-data: x\n" + more, origin: "test.yaml"), preset: .finetune)
    }
    let lion = try request("opt: lion\nbeta1: 0.95")
    #expect(lion.settings.optimizer as? Lion == Lion(beta1: 0.95, beta2: 0.99, weightDecay: 0.1))
    #expect(!lion.resolved.contains("eps") && lion.resolved["opt"] == "lion")
    #expect(try request("eps: 1e-8").settings.optimizer as? AdamW == AdamW(epsilon: 1e-8, weightDecay: 0.1))
    #expect(
      message { _ = try request("opt: lion\neps: 1e-8") }
        .contains("test.yaml: line 4: eps has no meaning for optimizer lion"))
    #expect(message { _ = try request("opt: lian") }.contains("did you mean \"lion\"?"))
  }

  @Test("a run of a version without a setting goes on while that is at its standard")
  func newSetting() throws {
    let folder = try TemporaryFolder(), request = try TrainerTests.request(folder)
    _ = try TrainerTests.run(request, folder, name: "a", stopAfter: 2)
    let path = "\(folder.path)/logs/a/params.yaml"
    let text = try TextFile.text(of: path)
    #expect(text.contains("opt: adamw\n"))
    try AtomicFile.write(text.replacing("opt: adamw\n", with: ""), to: path)
    var other = request.with("opt", "lion")
    other.object["eps"] = nil
    let changed = try other.made()
    #expect(
      message { _ = try TrainerTests.run(changed, folder, name: "a", resume: .latest) }.contains("opt: adamw -> lion"))
    #expect(try TrainerTests.run(request, folder, name: "a", resume: .latest).outcome == .finished)
  }
}
