internal import CLIPSystem

/// What members save, of accuracies and carbon that are given: one draw, or the figures as they are.
///
/// A member's *rival* is the cheapest rival of kind 1 that is no less accurate than the member by more than the margin. The
/// family's carbon is read at the rival's accuracy off the members that no other member beats, straight in the logarithm of
/// carbon between neighbors; below the first of them it is the first's, above the last there is none, and the saving is
/// nothing. Where no rival is accurate enough, the base model stands in for one, in the arithmetic in which it is most
/// accurate.
struct ClaimJudge {
  /// Places among the models.
  let members: [Int], rivals: [Int], whole: [Int]
  let margin: Double

  init(_ models: [ClaimModel], margin: Double) {
    func places(_ isWanted: (ClaimModel.Kind) -> Bool) -> [Int] { models.indices.filter { isWanted(models[$0].kind) } }
    members = places { $0 == .member }
    rivals = places(\.isRival)
    whole = places { $0 == .whole }
    self.margin = margin
  }

  /// What a member comes to.
  struct Outcome: Equatable {
    /// Its rival's place among the models.
    let rival: Int
    /// Against the rival at the rival's accuracy; 0 where no member is so accurate.
    let saved: Double
    /// The member's own carbon against the rival's.
    let strictly: Double
    /// As ``saved``, where the rival counts by the cheapest one that is within the margin of it.
    let byCheaper: Double
  }

  /// The members that no other member beats, ascending in both.
  /// - Parameter front: room that is used again
  func fillFront(_ front: inout [Int], _ accuracy: [Double], _ carbon: [Double]) {
    front.removeAll(keepingCapacity: true)
    for member in members {
      let isBeaten = members.contains { other in
        guard other != member, accuracy[other] >= accuracy[member], carbon[other] <= carbon[member] else {
          return false
        }
        // Of two that are the same in both the first stays.
        return accuracy[other] > accuracy[member] || carbon[other] < carbon[member] || other < member
      }
      if isBeaten { continue }
      let place = front.firstIndex { carbon[$0] > carbon[member] } ?? front.count
      front.insert(member, at: place)
    }
  }

  /// The family's carbon at an accuracy; nil above its most accurate member.
  func familyCarbon(at wanted: Double, on front: [Int], _ accuracy: [Double], _ carbon: [Double]) -> Double? {
    guard let above = front.firstIndex(where: { accuracy[$0] >= wanted - ClaimRule.rounding }) else { return nil }
    guard above > 0, accuracy[front[above]] > wanted + ClaimRule.rounding else { return carbon[front[above]] }
    let low = front[above - 1], high = front[above]
    let share = (wanted - accuracy[low]) / (accuracy[high] - accuracy[low])
    return exp(log(carbon[low]) + share * (log(carbon[high]) - log(carbon[low])))
  }

  /// What the family saves against a model at that one's accuracy; 0 where no member is so accurate.
  func saved(against rival: Int, on front: [Int], _ accuracy: [Double], _ carbon: [Double]) -> Double {
    familyCarbon(at: accuracy[rival], on: front, accuracy, carbon).map { 1 - $0 / carbon[rival] } ?? 0
  }

  /// A member beside its rival.
  /// - Parameter front: of ``fillFront(_:_:_:)``
  func outcome(of member: Int, on front: [Int], _ accuracy: [Double], _ carbon: [Double]) -> Outcome? {
    guard
      let rival = cheapest(within: margin, of: accuracy[member], accuracy, carbon)
        ?? whole.max(by: { (accuracy[$0], -carbon[$0], -$0) < (accuracy[$1], -carbon[$1], -$1) })
    else { return nil }
    let saved = saved(against: rival, on: front, accuracy, carbon)
    let cheaper = cheapest(within: margin, of: accuracy[rival], accuracy, carbon) ?? rival
    return Outcome(
      rival: rival, saved: saved, strictly: 1 - carbon[member] / carbon[rival],
      byCheaper: cheaper == rival ? saved : self.saved(against: cheaper, on: front, accuracy, carbon))
  }

  /// The rival of least carbon among those that are accurate enough; of equal ones the more accurate.
  private func cheapest(
    within margin: Double, of wanted: Double, _ accuracy: [Double], _ carbon: [Double]
  ) -> Int? {
    var best: Int?
    for rival in rivals where accuracy[rival] >= wanted - margin - ClaimRule.rounding {
      guard let known = best else {
        best = rival
        continue
      }
      if carbon[rival] < carbon[known] || carbon[rival] == carbon[known] && accuracy[rival] > accuracy[known] {
        best = rival
      }
    }
    return best
  }
}
