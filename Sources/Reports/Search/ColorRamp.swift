internal import CLIPSystem

/// Colors from dark violet to yellow that get lighter all the way, so that any eye and any printer keeps their order.
///
/// Stops of matplotlib's viridis (CC0), which was made for that.
struct ColorRamp {
  private let low, high: Double

  private static let stops: [(Double, Double, Double)] = [
    (68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37),
  ]

  /// - Parameter values: what the colors must tell apart, by ratio; those not above zero have the darkest
  init(_ values: [Double]) {
    let values = values.filter { PlotFrame.canDraw($0, true) }
    low = values.min() ?? 1
    high = values.max() ?? 1
  }

  /// The color of a value, as CSS has it.
  func color(_ value: Double) -> String {
    guard value > low, high > low else { return Self.hex(Self.stops[0]) }
    let place = min(log(value / low) / log(high / low), 1) * Double(Self.stops.count - 1)
    let index = min(Int(place), Self.stops.count - 2), share = place - Double(index)
    let a = Self.stops[index], b = Self.stops[index + 1]
    return Self.hex((a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1), a.2 + share * (b.2 - a.2)))
  }

  /// The ends, and the middle by ratio, for a legend.
  var marks: [Double] { high > low ? [low, sqrt(low * high), high] : [low] }

  private static func hex(_ color: (Double, Double, Double)) -> String {
    "#"
      + [color.0, color.1, color.2].map { part in
        let text = String(Int(part.rounded()), radix: 16)
        return text.count == 1 ? "0" + text : text
      }.joined()
  }
}
