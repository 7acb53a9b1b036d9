/// What a long run says of itself: how far it is, how fast, and how long it will take.
///
/// Holds no clock: the time is handed in, so that what it prints can be tested.
public struct ProgressLine: Sendable {
  /// What is counted, such as "images".
  public let unit: String
  /// How many there are, or nil where that is not known.
  public let total: Int?

  /// A line for work that is counted in a unit; its total is nil where that is not known.
  public init(unit: String, total: Int?) {
    self.unit = unit
    self.total = total
  }

  /// `1,280 / 5,000 images, 642 images/s, 5.79 s left`
  ///
  /// - Parameters:
  ///   - done: how many are done
  ///   - seconds: the time since the start
  public func text(done: Int, seconds: Double) -> String {
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var line = Figures.count(done)
    if let total { line += " / \(Figures.count(total))" }
    line += " \(unit), \(Figures.significant(rate)) \(unit)/s"
    if let total, rate > 0, done < total { line += ", \(Figures.duration(Double(total - done) / rate)) left" }
    return line
  }
}
