import CLIPFiles

/// All labels of a data set, told without looking at a picture: numbers that do not fit the class names are a fault of
/// the whole set, not of a sample.
public struct LabelSurvey: Equatable, Sendable {
  /// How many samples have each label.
  public private(set) var counts: [Int: Int] = [:]
  /// Where each label occurs first, for messages.
  private var origins: [Int: String] = [:]

  /// No labels yet.
  public init() {}

  /// Counts a sample's label.
  /// - Parameter origin: where the sample came from; asked for once a label
  public mutating func add(_ label: Int, origin: @autoclosure () -> String) {
    counts[label, default: 0] += 1
    if counts[label] == 1 { origins[label] = origin() }
  }

  /// Holds all labels against the number of classes.
  /// - Parameters:
  ///   - classes: how many names there are; labels are `0..<classes`
  ///   - path: the data set
  /// - Throws: ``InputError`` when a label has no name, or the labels are a run that begins at 1.
  public func check(classes: Int, file path: String) throws {
    guard let least = counts.keys.min(), let most = counts.keys.max() else { return }
    let range = least == most ? "the only label is \(least)" : "the labels are from \(least) to \(most)"
    let named = "\(classes) class name\(classes == 1 ? "" : "s")"
    let example = origins[least < 0 ? least : most].map { " (\($0.quoted(limit: 120)))" } ?? ""
    guard least >= 0, most < classes else {
      throw InputError(
        "\(range), but there \(classes == 1 ? "is" : "are") \(named), for labels 0 to \(classes - 1)\(example)",
        file: path,
        advice: least == 1 && most == classes
          ? "labels count from 0: subtract 1 from each" : "labels count from 0, in the order of the names")
    }
    // Where other classes lack images too, the first may as well.
    if least == 1, counts.count > 1, counts.count == most {
      throw InputError(
        "\(range) without a gap, and none is 0; there \(classes == 1 ? "is" : "are") \(named)", file: path,
        advice: "labels count from 0: subtract 1 from each, or add images of the first class")
    }
  }

  /// Classes without an image, in order.
  public func unusedClasses(of classes: Int) -> [Int] { (0..<classes).filter { counts[$0] == nil } }
}
