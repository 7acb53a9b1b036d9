import CLIPEvaluation
import CLIPFiles
internal import CLIPUnits

extension PruningReport {
  /// The `README.md` of a pruned checkpoint.
  public var card: String {
    func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
    func count(_ part: String, _ key: String) -> Double { json[part]?[key]?.doubleValue ?? 0 }
    var lines = [
      "---", "library_name: open_clip", "pipeline_tag: zero-shot-image-classification",
      "tags: [clip, carbonclip, pruned]",
      "---", "", "# Pruned from \(text("source").markdownEscaped)", "",
      "A CLIP model cut to a smaller shape by CarbonCLIP \(text("carbonclip_version")), not yet fine-tuned: strategy "
        + "`\(text("strategy"))`, compensation `\(text("compensation"))`, seed \(json["seed"]?.intValue ?? 0).", "",
      "| | before | after |", "| --- | --: | --: |",
    ]
    for (key, name, scale, unit) in [
      ("parameters", "parameters", 1e6, "M"), ("image_macs", "multiply-adds, image", 1e9, "G"),
      ("text_macs", "multiply-adds, text", 1e9, "G"),
    ] {
      lines.append(
        "| \(name) | \(Figures.significant(count("before", key) / scale)) \(unit) | \(Figures.significant(count("after", key) / scale)) \(unit) |"
      )
    }
    if let accuracy = json["accuracy"], let data = accuracy["dataset"]?.stringValue {
      for key in ["mean_recall@1", "acc1"] {
        guard let before = accuracy["before"]?[key]?.doubleValue, let after = accuracy["after"]?[key]?.doubleValue
        else { continue }
        lines.append(
          "| \(key) on \(data.markdownEscaped) | \(Figures.percent(before)) | \(Figures.percent(after)) |"
        )
      }
    }
    lines += ["", "What was kept and why: `pruning.json`, drawn in `pruning.html`.", ""]
    return lines.joined(separator: "\n")
  }
}
