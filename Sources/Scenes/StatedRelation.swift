/// A relation as a caption states it: the way round and the words are chosen.
struct StatedRelation {
  /// `first` is `words` `second`.
  let first: Int
  let second: Int
  let words: [String]
  /// What follows when `second` was named before: "to its left".
  let afterNoun: String?
}

extension SceneCaptioner {
  /// Chooses a relation and which way round it is stated.
  /// - Parameters:
  ///   - others: the objects among which it holds
  ///   - subject: the object that comes first, with one of `others` second; nil leaves both to chance
  mutating func chooseRelation(among others: [Int], about subject: Int?) -> StatedRelation? {
    let usable = scene.relations.filter { relation in
      guard let subject else { return others.contains(relation.first) && others.contains(relation.second) }
      return (relation.first == subject && others.contains(relation.second))
        || (relation.second == subject && others.contains(relation.first))
    }
    guard !usable.isEmpty else { return nil }
    // Inside and in front of are rare: said more often where they hold.
    let close = usable.filter { $0.kind == .inside || $0.kind == .inFrontOf }
    let relation = choice.pick(!close.isEmpty && choice.chance(70) ? close : usable)
    let isTurned = subject.map { $0 == relation.second } ?? choice.chance(45)
    if let diagonal = diagonal(relation, isTurned), choice.chance(35) { return diagonal }
    let (words, afterNoun) = Self.wording(relation.kind, isTurned)
    return StatedRelation(
      first: isTurned ? relation.second : relation.first, second: isTurned ? relation.first : relation.second,
      words: words, afterNoun: choice.pick(afterNoun))
  }

  /// Both ways at once, "above and to the left of", where both hold.
  private func diagonal(_ relation: SceneRelation, _ isTurned: Bool) -> StatedRelation? {
    let (first, second) =
      isTurned ? (relation.second, relation.first) : (relation.first, relation.second)
    func holds(_ kind: SceneRelation.Kind, _ first: Int, _ second: Int) -> Bool {
      scene.relations.contains(SceneRelation(kind, first, second))
    }
    let side: String
    if holds(.leftOf, first, second) {
      side = "left"
    } else if holds(.leftOf, second, first) {
      side = "right"
    } else {
      return nil
    }
    let height: String
    if holds(.above, first, second) {
      height = "above"
    } else if holds(.above, second, first) {
      height = "below"
    } else {
      return nil
    }
    return StatedRelation(
      first: first, second: second, words: ["\(height) and to the \(side) of"], afterNoun: nil)
  }

  private static func wording(_ kind: SceneRelation.Kind, _ isTurned: Bool) -> ([String], [String]) {
    switch (kind, isTurned) {
    case (.leftOf, false): (["to the left of", "left of", "on the left of"], ["to its left", "on its left"])
    case (.leftOf, true):
      (["to the right of", "right of", "on the right of"], ["to its right", "on its right"])
    case (.above, false): (["above", "above", "higher than"], ["above it"])
    case (.above, true): (["below", "under", "beneath"], ["below it", "under it"])
    case (.inside, false): (["inside", "within"], ["inside it", "in its middle"])
    case (.inside, true): (["around", "surrounding"], ["around it"])
    case (.inFrontOf, false): (["in front of", "partly covering"], ["in front of it"])
    case (.inFrontOf, true): (["behind", "partly hidden by"], ["behind it"])
    }
  }
}
