internal import CLIPFiles
internal import CLIPUnits
internal import CLIPWeights

extension PruningReport {
  /// The `README.md` of a pruned checkpoint.
  public var card: String {
    var table = Table(["", "before", "after"])
    for one in sizes {
      table.add([one.name] + [one.before, one.after].map { "\(Figures.significant($0 / one.scale)) \(one.unit)" })
    }
    for one in accuracies {
      let data = accuracy?.before.run.dataset.markdownEscaped ?? ""
      table.add(["\(one.name) on \(data)", Figures.percent(one.before), Figures.percent(one.after)])
    }
    var card = ModelCardText(title: "Pruned from \(source)")
    let code = LoadingCode(result.plan.configuration, isHuggingFace: loadable?.library == .huggingFace)
    card.library = code.library
    card.tags = ["pruned"]
    card.parts = [
      "A CLIP model cut to a smaller shape by CarbonCLIP \(version), not yet fine-tuned: strategy `\(strategy)`, "
        + "compensation `\(compensation.description)`, seed \(Int(clamping: seed)).",
      table.markdown(), loadable.map { "\($0.text)." } ?? "",
      "What was kept and why: `pruning.json`, drawn in `pruning.html`.", code.section,
    ]
    return card.text
  }
}
