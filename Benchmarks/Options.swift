import CLIPCompute
import CLIPFiles
import Foundation

/// The command line's options, for the driver and its workers alike.
struct Options {
  var models = ["micro", "tinyclip-8m-16", "vit-b-16"]
  var batches = [64, 16, 16]
  /// Whether `--models` was given; questions have defaults of their own.
  var modelsWereGiven = false
  /// Whether PyTorch takes part compiled, too: that takes a minute a model.
  var compiles = false
  var captionLength: Int?
  var rounds = 5
  var seconds = 2.0
  var threads = 2
  var python = "python3"
  var image: String?
  var texts: String?
  var output: String?

  // A worker's own.
  var config = "", what = "image", batch = 1, size = 224, folder = "", shape: [Int] = []
  var precision = ProductArithmetic.float32
  /// Whether inference is measured in 8-bit integers.
  var quantizes = false

  /// - Parameter arguments: names and values in turn
  /// - Throws: ``InputError`` for an unknown option or a value that makes no sense.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard Self.names.contains(name) else {
        throw InputError("unknown option \(name.quoted())", advice: Suggestion.advice(for: name, among: Self.names))
      }
      guard let value = rest.popFirst() else { throw InputError("\(name) needs a value") }
      try set(name, value)
    }
    guard batches.count == models.count else {
      throw InputError("\(models.count) models, but \(batches.count) batches", advice: "give one batch size a model")
    }
  }

  private static let names = [
    "--models", "--batches", "--compile", "--caption-length", "--rounds", "--seconds", "--threads", "--python",
    "--image",
    "--texts", "--output", "--config", "--what", "--batch", "--size", "--folder", "--shape", "--precision",
  ]

  private mutating func set(_ name: String, _ value: String) throws {
    func number(_ text: some StringProtocol, _ range: ClosedRange<Int>) throws -> Int {
      guard let number = Int(text), range.contains(number) else {
        throw InputError(
          "\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), found \(String(text).quoted())"
        )
      }
      return number
    }
    switch name {
    case "--models":
      models = value.split(separator: ",").map(String.init)
      modelsWereGiven = true
    case "--compile": compiles = value == "yes"
    case "--batches": batches = try value.split(separator: ",").map { try number($0, 1...4096) }
    case "--caption-length": captionLength = try number(value, 2...4096)
    case "--rounds": rounds = try number(value, 1...1000)
    case "--seconds":
      guard let seconds = Double(value), (0.01...3600).contains(seconds) else {
        throw InputError("--seconds needs a number from 0.01 to 3600, found \(value.quoted())")
      }
      self.seconds = seconds
    case "--threads": threads = try number(value, 1...1024)
    case "--python": python = value
    case "--image": image = value
    case "--texts": texts = value
    case "--output": output = value
    case "--config": config = value
    case "--what": what = value
    case "--batch": batch = try number(value, 1...4096)
    case "--size": size = try number(value, 1...4096)
    case "--folder": folder = value
    case "--precision" where value == "int8": quantizes = true
    case "--precision":
      guard let arithmetic = ProductArithmetic(named: value) else {
        throw InputError("--precision needs fp32, amp_bf16 or int8, found \(value.quoted())")
      }
      precision = arithmetic
    default: shape = try value.split(separator: ",").map { try number($0, 1...65536) }
    }
  }

  /// The peers' scripts, beside this file.
  static var peers: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers").path
  }

  /// The file of a model of `--models`.
  static func config(_ model: String) throws -> String {
    let path = model.hasSuffix(".json") ? model : "\(peers)/configs/\(model).json"
    guard Folder.containsFile(path) else {
      let known = try Folder.names(in: "\(peers)/configs").map { String($0.dropLast(5)) }
      throw InputError("unknown model \(model.quoted())", advice: Suggestion.advice(for: model, among: known))
    }
    return path
  }
}
