import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPStudies
import CLIPUnits

/// What a search has learned so far: its front, which axes it believes to matter, how much it expects to gain yet.
struct SearchLearned {
  private let recipe: SearchRecipe
  private let front: SearchFront
  private let effects: [SurrogateView.Effect]
  private let gain: ExpectedGain?
  private let walls: [AxisWall]

  /// Longer fronts are shown in part.
  private static let mostRows = 10

  /// - Throws: `InputError` for trials that are not of this recipe, or where no accelerator is within its limits.
  init(_ recipe: SearchRecipe, _ trials: [Trial], on pool: ThreadPool) throws {
    self.recipe = recipe
    let outlook = try HardwareOutlook(recipe, on: pool)
    front = try SearchFront(recipe, trials, outlook)
    effects = try SurrogateView(front)?.effects.sorted { Self.span($0) > Self.span($1) } ?? []
    gain = try ExpectedGain(front, outlook)
    walls = AxisWall.all(front)
  }

  /// By how much accuracy falls from an axis' largest size to its least, in points.
  private static func span(_ effect: SurrogateView.Effect) -> Double {
    guard let least = effect.sizes.first, let most = effect.sizes.last else { return 0 }
    return 100 * (most.mean - least.mean)
  }

  var text: String {
    var lines: [String] = []
    if front.members.isEmpty {
      lines.append(front.accuracyExcuse ?? "No model is within the limits so far.")
    } else {
      lines.append("front so far (* would be the answer):")
      var table = Table(
        ["", "trial", "accuracy"] + recipe.metrics.map(\.title) + ["model"], words: [0, recipe.metrics.count + 3])
      for member in shown {
        table.add(
          [
            member == front.answer ? "*" : "", "\(front.finished[member.index].trial.number)",
            Figures.percent(member.accuracy),
          ] + zip(recipe.metrics, member.values).map { $0.text($1) } + [name(member)])
      }
      lines.append(table.shown)
      if front.members.count > shown.count { lines.append("(\(shown.count) of \(front.members.count) shown)") }
    }
    if !effects.isEmpty {
      lines.append("what it believes each axis to cost in accuracy, from the largest size to the least:")
      lines.append(
        effects.map { "\($0.axis) \(Figures.significant(Self.span($0), digits: 2)) points" }.joined(separator: ", "))
    }
    if let gain {
      lines.append(
        "expected of the next trial: \(Figures.significant(gain.share * 100, digits: 2)) % more hypervolume, by \(gain.model)"
      )
    } else if front.finished.count < SurrogateView.fewest {
      lines.append("what matters and what is left to gain is told from \(SurrogateView.fewest) finished trials on")
    }
    lines += walls.map(\.advice)
    return lines.joined(separator: "\n")
  }

  /// Of a long front every so-manieth, the ends and the answer among them.
  private var shown: [SearchFront.Member] {
    let all = front.members
    guard all.count > Self.mostRows else { return all }
    let places = (0..<Self.mostRows).map { $0 * (all.count - 1) / (Self.mostRows - 1) }
    return all.indices.filter { places.contains($0) || all[$0] == front.answer }.map { all[$0] }
  }

  private func name(_ member: SearchFront.Member) -> String {
    recipe.space.shortName(front.finished[member.index].point)
  }

  var json: JSONValue {
    [
      "front": .array(
        front.members.map { member in
          var object: JSONObject = [
            "trial": .integer(front.finished[member.index].trial.number), "accuracy": .number(member.accuracy),
            "model": .string(name(member)), "answer": .bool(member == front.answer),
          ]
          for (metric, value) in zip(recipe.metrics, member.values) { object[metric.rawValue] = .number(value) }
          return .object(object)
        }),
      "axis_points": .object(effects.reduce(into: JSONObject()) { $0[$1.axis] = .number(Self.span($1)) }),
      "expected_gain": gain.map { ["share": .number($0.share), "model": .string($0.model)] } ?? .null,
      "walls": .array(walls.map { .string($0.advice) }),
    ]
  }
}
