public import CLIPFiles

/// Zero-shot classification of a candidate: the share of pictures whose class is guessed first, in both arithmetics.
public struct ClassAccuracy: Equatable, Sendable {
  /// As trained, 0 to 1.
  public let float32: Double
  /// As an 8-bit accelerator computes it, 0 to 1.
  public let int8: Double
  /// Share whose class is among the first five guesses of an 8-bit accelerator, 0 to 1; nil below five classes.
  public let int8TopFive: Double?
  /// One standard error of either, by the number of pictures.
  public let standardError: Double
  /// How many classes there are.
  public let classes: Int

  /// An accuracy of its parts.
  public init(float32: Double, int8: Double, int8TopFive: Double?, standardError: Double, classes: Int) {
    self.float32 = float32
    self.int8 = int8
    self.int8TopFive = int8TopFive
    self.standardError = standardError
    self.classes = classes
  }

  /// As plain data.
  public var json: JSONObject {
    [
      "float32_acc1": .number(float32), "int8_acc1": .number(int8),
      "int8_acc5": int8TopFive.map { .number($0) } ?? .null, "standard_error": .number(standardError),
      "classes": .integer(classes),
    ]
  }

  /// What ``json`` wrote; nil for anything else.
  public init?(_ json: JSONValue) {
    guard let float32 = json["float32_acc1"]?.doubleValue, let int8 = json["int8_acc1"]?.doubleValue,
      let topFive = json["int8_acc5"], let error = json["standard_error"]?.doubleValue,
      let classes = json["classes"]?.intValue
    else { return nil }
    self.init(
      float32: float32, int8: int8, int8TopFive: topFive.doubleValue, standardError: error, classes: classes)
  }
}
