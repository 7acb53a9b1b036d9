/// Mean and quantiles of a sample.
struct Statistics {
  let mean: Double
  let low: Double
  let median: Double
  let high: Double

  /// - Parameter values: at least one; left in another order
  init(_ values: inout [Double]) {
    mean = values.reduce(0, +) / Double(values.count)
    median = Self.select(&values, rank: Self.rank(0.5, of: values.count), in: 0..<values.count)
    // What is smaller than the median stands before it now, so the other two look at one half only.
    let middle = Self.rank(0.5, of: values.count)
    low = Self.select(&values, rank: Self.rank(0.05, of: values.count), in: 0..<middle + 1)
    high = Self.select(&values, rank: Self.rank(0.95, of: values.count), in: middle..<values.count)
  }

  /// The place, in ascending order, of the smallest value that a share of all does not exceed (nearest rank).
  static func rank(_ share: Double, of count: Int) -> Int {
    min(count - 1, max(0, Int((share * Double(count)).rounded(.up)) - 1))
  }

  /// The value that would stand at `rank` were the values sorted; smaller ones are moved before it, larger ones behind.
  ///
  /// Hoare's selection, with the median of three as pivot.
  static func select(_ values: inout [Double], rank: Int, in range: Range<Int>) -> Double {
    var low = range.lowerBound, high = range.upperBound - 1
    while low < high {
      let a = values[low], b = values[low + (high - low) / 2], c = values[high]
      let pivot = max(min(a, b), min(max(a, b), c))
      var left = low, right = high
      while left <= right {
        while values[left] < pivot { left += 1 }
        while values[right] > pivot { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right { high = right } else if rank >= left { low = left } else { break }
    }
    return values[rank]
  }
}
