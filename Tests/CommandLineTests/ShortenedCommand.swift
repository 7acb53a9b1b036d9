import CLIPFiles
import Foundation

/// Makes documented commands short enough for a test: few samples, few steps, few trials; everything that is written lies in
/// a folder that goes away. What one command wrote, the next finds under the name that the page gives it.
final class ShortenedCommands {
  private let folder = try? TemporaryFolder()
  private var path: String { folder?.path ?? "/nonexistent" }
  /// Where what pages name lies here.
  private var made: [String: String] = [:]
  private var count = 0

  init() {
    // The studies that pages speak of: the searches that run leave them.
    for name in ["quickstart", "micro-full"] { made["logs/\(name)"] = "\(path)/logs/\(name)" }
    made["logs/base/checkpoints/epoch_16"] = "checkpoints/base"
  }

  /// The command's arguments in this world.
  func shortened(_ words: [String]) throws -> [String] {
    count += 1
    var result: [String] = [], rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--output", "--figure", "--csv", "--onnx":
        guard let name = rest.popFirst() else { break }
        let mine = "\(path)/\(count)/\(Folder.name(of: name))"
        try Folder.make("\(path)/\(count)")
        made[Self.trimmed(name)] = mine
        result += [word, mine]
      case "--page":
        guard let page = rest.popFirst() else { break }
        let mine = "\(path)/\(count)-\(Folder.name(of: page))"
        try FileManager.default.copyItem(atPath: "\(DocumentedCommands.root)/\(page)", toPath: mine)
        result += [word, mine]
      case "--trial": result += [word, "1"]; rest = rest.dropFirst()
      case "--count" where words.first == "bench": result += [word, "3"]; rest = rest.dropFirst()
      case "--count": result += [word, "24"]; rest = rest.dropFirst()
      case "--add-trials": result += [word, "1"]; rest = rest.dropFirst()
      case "--calibration-samples", "--train-num-samples", "--batch-size", "--epochs", "--name": rest = rest.dropFirst()
      case _ where word.hasSuffix(".yaml"): result.append(try recipe(word))
      default: result.append(known(Self.few(word)))
      }
    }
    return result + additions(words)
  }

  private func additions(_ words: [String]) -> [String] {
    switch words.first {
    case "prune": ["--calibration-samples", "16", "--rankings", "\(path)/rankings"]
    case "bench" where !words.contains("--onnx"): ["--seconds", "0.01", "--warm-up", "0"]
    case "train", "finetune":
      [
        "--train-num-samples", "8", "--batch-size", "4", "--epochs", "1", "--warmup", "1", "--logs", "\(path)/logs",
        "--name", "run\(count)",
      ]
    case "search": ["--logs", "\(path)/logs", "--candidates", "\(path)/candidates", "--name", Self.study(words)]
    case "export" where words.contains("--trial"): ["--candidates", "\(path)/candidates"]
    default: []
    }
  }

  /// The name of a search's study: its recipe's.
  private static func study(_ words: [String]) -> String {
    let recipe = words.first { $0.hasSuffix(".yaml") } ?? "study.yaml"
    return Folder.name(of: String(recipe.dropLast(".yaml".count)))
  }

  private func known(_ word: String) -> String { made[Self.trimmed(word)] ?? word }

  private static func trimmed(_ path: String) -> String { path.hasSuffix("/") ? String(path.dropLast()) : path }

  /// A recipe with small numbers, in the same words otherwise.
  private func recipe(_ name: String) throws -> String {
    var text = try TextFile.text(of: "\(DocumentedCommands.root)/\(name)")
    for (key, value) in [
      ("trials", "2"), ("initial-trials", "2"), ("train-num-samples", "8"), ("batch-size", "8"),
      ("calibration-samples", "16"), ("output", "\(path)/\(count)"), ("epochs", "1"), ("warmup", "1"),
    ] {
      text = text.replacing(try Regex("(?m)^( *)\(key): +[^ \n]+")) {
        "\($0.output[1].substring ?? "")\(key): \(value)"
      }
    }
    text = text.replacing(try Regex("(?m)(: +)([^ \n#]+)")) { match in
      "\(match.output[1].substring ?? "")\(known(Self.few(String(match.output[2].substring ?? ""))))"
    }
    let mine = "\(path)/\(count)-\(Folder.name(of: name))"
    try AtomicFile.write(text, to: mine)
    return mine
  }

  /// Scenes in small numbers: `scenes:train?count=20000&seed=2` becomes `scenes:train?count=48&seed=2`.
  private static func few(_ word: String) -> String {
    guard word.hasPrefix("scenes:") else { return word }
    let parts = word.split(separator: "?", maxSplits: 1)
    let kept = parts.count > 1 ? parts[1].split(separator: "&").filter { !$0.hasPrefix("count=") } : []
    return "\(parts[0])?" + (["count=48"] + kept.map(String.init)).joined(separator: "&")
  }
}
