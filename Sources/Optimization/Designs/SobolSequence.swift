internal import CLIPCompute
internal import CLIPFiles

/// Points that fill the unit cube evenly, each prefix of the sequence as well as it can.
///
/// Element `i` of axis `d` is the exclusive or of the axis' direction numbers at the ones in Gray's code of `i`.
///
/// Source: Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Scientific
/// Computing 30(5), 2008 (direction numbers `new-joe-kuo-6`); Antonov and Saleev 1979 (Gray's code).
public struct SobolSequence: Sendable {
  /// The most axes there are direction numbers for.
  public static var mostAxes: Int { SobolDirections.axes.count + 1 }
  private static let bits = 32

  /// `[axes][bits]`.
  private let directions: [[UInt32]]
  private let shift: [UInt32]

  /// The sequence itself, beginning with the origin.
  /// - Throws: `InputError` for fewer than 1 or more than ``mostAxes`` axes.
  public init(axes: Int) throws {
    try self.init(axes: axes, shift: [UInt32](repeating: 0, count: max(axes, 0)))
  }

  /// The sequence with its bits turned over by a random word an axis (a digital shift), which leaves it as even and makes
  /// its points uniform.
  /// - Throws: as ``init(axes:)``.
  public init(axes: Int, seed: UInt64) throws {
    var random = Philox(seed: seed, purpose: .search, index: .max)
    try self.init(axes: axes, shift: (0..<max(axes, 0)).map { _ in random.nextWord() })
  }

  private init(axes: Int, shift: [UInt32]) throws {
    guard (1...Self.mostAxes).contains(axes) else {
      throw InputError("a Sobol sequence has from 1 to \(Self.mostAxes) axes, found \(axes)")
    }
    directions = (0..<axes).map(Self.directions)
    self.shift = shift
  }

  /// The direction numbers of an axis as binary fractions, by the recurrence of its primitive polynomial.
  private static func directions(_ axis: Int) -> [UInt32] {
    var numbers = [UInt32](repeating: 1, count: bits)
    if axis > 0 {
      let (polynomial, initial) = SobolDirections.axes[axis - 1]
      let degree = initial.count
      for bit in 0..<min(degree, bits) { numbers[bit] = initial[bit] }
      for bit in degree..<bits {
        var next = numbers[bit - degree] ^ (numbers[bit - degree] << UInt32(degree))
        for term in 1..<max(degree, 1) where polynomial >> UInt32(degree - term) & 1 == 1 {
          next ^= numbers[bit - term] << UInt32(term)
        }
        numbers[bit] = next
      }
    }
    return numbers.enumerated().map { $1 << UInt32(bits - 1 - $0) }
  }

  /// Element `index` of the sequence, each coordinate in `[0, 1)`.
  public subscript(index: Int) -> [Double] {
    let gray = UInt32(truncatingIfNeeded: index) ^ (UInt32(truncatingIfNeeded: index) >> 1)
    return directions.indices.map { axis in
      var word = shift[axis], rest = gray
      while rest != 0 {
        word ^= directions[axis][rest.trailingZeroBitCount]
        rest &= rest - 1
      }
      return Double(word) * 0x1p-32
    }
  }
}
