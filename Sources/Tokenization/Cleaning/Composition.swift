/// Unicode's Normalization Form C: letters and their marks composed, in one order.
///
/// Source: Unicode Standard Annex #15 and section 3.12 (Hangul). The decompositions are Unicode 14's, those
/// of Python 3.11, so that letters composed by a later standard are left as open_clip leaves them.
enum Composition {
  /// The text in form C.
  static func composed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains(where: mayChange) else { return text }
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.count)
    for scalar in text { appendDecomposition(of: scalar, to: &scalars) }
    orderMarks(&scalars)
    return recomposed(scalars)
  }

  private static func mayChange(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x300, 0x3400..<0xA000, hangulStart..<hangulEnd: false
    default: unstable.contains(scalar) || markClass(scalar) != 0
    }
  }

  /// 0 for what starts a combination, else the order in which marks stand (canonical combining class).
  private static func markClass(_ scalar: Unicode.Scalar) -> UInt8 {
    scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
  }

  private static let decompositions: [Unicode.Scalar: [Unicode.Scalar]] = {
    var table: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    for entry in TableEntries(CanonicalTable.entries) {
      if let scalar = entry.keyScalar { table[scalar] = entry.scalars }
    }
    return table
  }()

  private struct Pair: Hashable {
    var first: Unicode.Scalar
    var second: Unicode.Scalar
  }

  private static let compositions: [Pair: Unicode.Scalar] = {
    var table: [Pair: Unicode.Scalar] = [:]
    for entry in TableEntries(CanonicalTable.entries) where entry.mark == UInt8(ascii: "=") {
      if let scalar = entry.keyScalar, entry.scalars.count == 2 {
        table[Pair(first: entry.scalars[0], second: entry.scalars[1])] = scalar
      }
    }
    return table
  }()

  /// Scalars that form C replaces, or that may join the one before.
  private static let unstable: Set<Unicode.Scalar> = {
    var set: Set<Unicode.Scalar> = []
    for entry in TableEntries(CanonicalTable.entries) {
      if entry.mark == UInt8(ascii: "="), let second = entry.scalars.last {
        set.insert(second)
      } else if let scalar = entry.keyScalar {
        set.insert(scalar)
      }
    }
    for value in vowelStart..<vowelStart + vowels { set.formUnion(Unicode.Scalar(value).map { [$0] } ?? []) }
    for value in tailStart..<tailStart + tails { set.formUnion(Unicode.Scalar(value).map { [$0] } ?? []) }
    return set
  }()

  private static func appendDecomposition(of scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
    if scalar.value < 0xC0 {
      result.append(scalar)
    } else if (hangulStart..<hangulEnd).contains(scalar.value) {
      let index = scalar.value - hangulStart
      let tail = index % tails
      for value in [leadStart + index / (vowels * tails), vowelStart + index % (vowels * tails) / tails] {
        if let part = Unicode.Scalar(value) { result.append(part) }
      }
      if tail > 0, let part = Unicode.Scalar(tailStart + tail) { result.append(part) }
    } else if let parts = decompositions[scalar] {
      // A few levels deep: the table's first parts decompose on, in ever shorter chains.
      for part in parts { appendDecomposition(of: part, to: &result) }
    } else {
      result.append(scalar)
    }
  }

  /// Puts each run of marks in the order of their classes, equal ones as they stood.
  private static func orderMarks(_ scalars: inout [Unicode.Scalar]) {
    var start = 0
    while start < scalars.count {
      var end = start
      var isOrdered = true
      var run: [(order: UInt8, position: Int, scalar: Unicode.Scalar)] = []
      while end < scalars.count {
        let order = markClass(scalars[end])
        if order == 0 { break }
        if let last = run.last, last.order > order { isOrdered = false }
        run.append((order, end, scalars[end]))
        end += 1
      }
      if !isOrdered {
        run.sort { ($0.order, $0.position) < ($1.order, $1.position) }
        for (offset, mark) in run.enumerated() { scalars[start + offset] = mark.scalar }
      }
      start = end + 1
    }
  }

  private static func recomposed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var starter: Int?
    var lastOrder: UInt8 = 0
    for scalar in scalars {
      let order = markClass(scalar)
      // A mark is blocked from its starter by one of its own or a higher class between them, or by another
      // starter.
      if let place = starter, place == result.count - 1 || (lastOrder != 0 && lastOrder < order),
        let joined = joined(result[place], scalar)
      {
        result[place] = joined
        continue
      }
      if order == 0 { starter = result.count }
      lastOrder = order
      result.append(scalar)
    }
    return result
  }

  private static func joined(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    let (a, b) = (first.value, second.value)
    if (leadStart..<leadStart + leads).contains(a), (vowelStart..<vowelStart + vowels).contains(b) {
      return Unicode.Scalar(hangulStart + ((a - leadStart) * vowels + b - vowelStart) * tails)
    }
    if (hangulStart..<hangulEnd).contains(a), (a - hangulStart) % tails == 0,
      (tailStart + 1..<tailStart + tails).contains(b)
    {
      return Unicode.Scalar(a + b - tailStart)
    }
    return compositions[Pair(first: first, second: second)]
  }

  private static let hangulStart: UInt32 = 0xAC00, hangulEnd: UInt32 = 0xAC00 + 11_172
  private static let leadStart: UInt32 = 0x1100, leads: UInt32 = 19
  private static let vowelStart: UInt32 = 0x1161, vowels: UInt32 = 21
  private static let tailStart: UInt32 = 0x11A7, tails: UInt32 = 28
}
