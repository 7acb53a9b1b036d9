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

  /// Levenshtein's distance between two short words.
  private static func editDistance(_ first: String, _ second: String) -> Int {
    let a = Array(first.prefix(64)), b = Array(second.prefix(64))
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var diagonal = row[0]
      row[0] = i + 1
      for j in 0..<b.count {
        let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
