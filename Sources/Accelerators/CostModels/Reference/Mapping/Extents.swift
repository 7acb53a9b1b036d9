/// One of the seven loops of a convolution; a matrix product is a convolution whose last four are 1 long.
package enum Dimension: Int, CaseIterable, Sendable {
  /// Rows of the input: images, or tokens.
  case n
  /// Channels that are summed up.
  case c
  /// Channels that come out.
  case k
  /// Rows and columns of the filter.
  case r, s
  /// Rows and columns of the output.
  case p, q
}

/// Some of the loops.
struct DimensionSet: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }
  init(_ dimension: Dimension) { rawValue = 1 << UInt8(dimension.rawValue) }

  static let n = DimensionSet(.n), c = DimensionSet(.c), k = DimensionSet(.k), r = DimensionSet(.r)
  static let s = DimensionSet(.s), p = DimensionSet(.p), q = DimensionSet(.q)
  static let all: DimensionSet = [.n, .c, .k, .r, .s, .p, .q]

  func contains(_ dimension: Dimension) -> Bool { rawValue & (1 << UInt8(dimension.rawValue)) != 0 }
  /// The loops that are not in the set.
  var others: DimensionSet { Self.all.subtracting(self) }
}

/// How long each loop is: of a whole problem, or of a tile of it.
package struct Extents: Hashable, Sendable {
  /// By ``Dimension``'s number; the eighth is always 1.
  private var values: SIMD8<Int32>

  static let ones = Extents(SIMD8(repeating: 1))

  private init(_ values: SIMD8<Int32>) { self.values = values }

  /// The loops of a problem, outermost meaning first.
  package init(n: Int, c: Int, k: Int, r: Int = 1, s: Int = 1, p: Int = 1, q: Int = 1) {
    values = SIMD8(
      Int32(clamping: n), Int32(clamping: c), Int32(clamping: k), Int32(clamping: r), Int32(clamping: s),
      Int32(clamping: p), Int32(clamping: q), 1)
  }

  package subscript(_ dimension: Dimension) -> Int {
    get { Int(values[dimension.rawValue]) }
    set { values[dimension.rawValue] = Int32(clamping: newValue) }
  }

  /// The product of some of the loops.
  func product(_ set: DimensionSet = .all) -> Int {
    var result = 1
    for index in 0..<7 where set.rawValue & (1 << UInt8(index)) != 0 { result *= Int(values[index]) }
    return result
  }

  /// Whether these loops are 1 long.
  func isUnit(_ set: DimensionSet) -> Bool {
    for index in 0..<7 where set.rawValue & (1 << UInt8(index)) != 0 && values[index] != 1 { return false }
    return true
  }

  /// A tile repeated: loop by loop the products.
  static func * (a: Extents, b: Extents) -> Extents { Extents(a.values &* b.values) }
  /// What is left above a tile: loop by loop the quotients.
  static func / (a: Extents, b: Extents) -> Extents { Extents(a.values / b.values) }
}

/// One of the three tensors of a product.
enum Operand: Int, CaseIterable, Sendable {
  case input, weights, output

  /// The loops that do not move through the tensor: within them it can stay where it is.
  var free: DimensionSet {
    switch self {
    case .input: .k
    case .weights: [.n, .p, .q]
    case .output: [.c, .r, .s]
    }
  }

  /// Words of the tensor that a tile touches. The stride of a convolution is not regarded.
  func words(of tile: Extents) -> Int {
    switch self {
    case .input: tile[.n] * tile[.c] * (tile[.p] + tile[.r] - 1) * (tile[.q] + tile[.s] - 1)
    case .weights, .output: tile.product(free.others)
    }
  }

  /// Words of all three tensors.
  static func words(of tile: Extents) -> Int { allCases.reduce(0) { $0 + $1.words(of: tile) } }
}
