/// Finds the known word a misspelt one was probably meant to be.
public enum Suggestion {
  /// The candidate nearest to `word` by edit distance, when it is near enough to be worth showing.
  public static func nearest(to word: String, among candidates: [String]) -> String? {
    let limit = max(1, word.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in candidates {
      let distance = editDistance(word.lowercased(), candidate.lowercased())
      if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// `did you mean "trials"?`, or the list of what is allowed.
  public static func advice(for word: String, among candidates: [String]) -> String {
    if let near = nearest(to: word, among: candidates) { return "did you mean \"\(near)\"?" }
    return "one of: " + candidates.joined(separator: ", ")
  }

  /// How many letters must be changed, added, dropped or swapped with their neighbor: Damerau and Levenshtein's
  /// distance, in its form of optimal string alignment.
  private static func editDistance(_ first: String, _ second: String) -> Int {
    let a = Array(first.prefix(64)), b = Array(second.prefix(64))
    var beforeLast = [Int](repeating: 0, count: b.count + 1), last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var distance = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforeLast[j - 1] + 1) }
        row.append(distance)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
