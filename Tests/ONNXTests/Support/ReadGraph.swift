import CLIPFiles
import Foundation

/// An ONNX file as a reader of the format sees it.
struct ReadGraph {
  struct Node {
    let kind: String
    let inputs: [String]
    let outputs: [String]
    let wholes: [String: Int]
    let floats: [String: Float]
    let lists: [String: [Int]]
  }

  struct Port: Equatable {
    let name: String
    let element: Int
    /// Names and lengths of axes.
    let shape: [String]
  }

  struct Constant {
    let element: Int
    var value: GraphNumbers
    /// Where the numbers lie in another file.
    let place: [String: String]
  }

  let formatVersion: Int
  let operatorSets: [Int]
  let nodes: [Node]
  let inputs: [Port]
  let outputs: [Port]
  let constants: [String: Constant]
  /// How many constants stand in the file, two of one name counted twice.
  let constantCount: Int
  let metadata: [String: String]

  init(_ path: String) throws {
    let model = try ProtobufFields([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    formatVersion = model.numbers(1)[0]
    operatorSets = try model.messages(8).flatMap { $0.numbers(2) }
    metadata = try Self.pairs(model.messages(14))
    let graph = try model.messages(7)[0]
    nodes = try graph.messages(1).map(Self.node)
    inputs = try graph.messages(11).map(Self.port)
    outputs = try graph.messages(12).map(Self.port)
    let tensors = try graph.messages(5).map { try Self.constant($0, beside: path) }
    constantCount = tensors.count
    constants = Dictionary(tensors) { first, _ in first }
  }

  /// The same graph with other numbers.
  init(_ graph: ReadGraph, constants: [String: Constant]) {
    formatVersion = graph.formatVersion
    operatorSets = graph.operatorSets
    nodes = graph.nodes
    inputs = graph.inputs
    outputs = graph.outputs
    self.constants = constants
    constantCount = graph.constantCount
    metadata = graph.metadata
  }

  private static func pairs(_ entries: [ProtobufFields]) -> [String: String] {
    Dictionary(entries.map { ($0.texts(1)[0], $0.texts(2)[0]) }) { first, _ in first }
  }

  private static func node(_ fields: ProtobufFields) throws -> Node {
    var wholes: [String: Int] = [:], floats: [String: Float] = [:], lists: [String: [Int]] = [:]
    for attribute in try fields.messages(5) {
      let name = attribute.texts(1)[0]
      switch attribute.numbers(20) {
      case [1]: floats[name] = attribute.float(2)
      case [2]: wholes[name] = attribute.numbers(3)[0]
      case [7]: lists[name] = attribute.numbers(8)
      default: throw ProtobufFields.Fault(description: "attribute \(name) has no known type")
      }
    }
    return Node(
      kind: fields.texts(4)[0], inputs: fields.texts(1), outputs: fields.texts(2), wholes: wholes, floats: floats,
      lists: lists)
  }

  private static func port(_ fields: ProtobufFields) throws -> Port {
    let tensor = try fields.messages(2)[0].messages(1)[0]
    let axes = try tensor.messages(2)[0].messages(1).map { $0.texts(2).first ?? "\($0.numbers(1)[0])" }
    return Port(name: fields.texts(1)[0], element: tensor.numbers(1)[0], shape: axes)
  }

  private static func constant(_ fields: ProtobufFields, beside path: String) throws -> (String, Constant) {
    let element = fields.numbers(2)[0], place = try pairs(fields.messages(13))
    var bytes = fields.bytes(9).first ?? []
    if fields.numbers(14) == [1] {
      let file = URL(fileURLWithPath: "\(Folder.parent(of: path))/\(place["location"] ?? "")")
      let start = Int(place["offset"] ?? "") ?? -1, count = Int(place["length"] ?? "") ?? -1
      bytes = Array([UInt8](try Data(contentsOf: file))[start..<start + count])
    }
    let value = try GraphNumbers(bytes, element: element, shape: fields.numbers(1))
    return (fields.texts(8)[0], Constant(element: element, value: value, place: place))
  }
}

/// A value of a graph: numbers in row-major order, in double precision whatever the graph's format is.
struct GraphNumbers {
  var shape: [Int]
  var numbers: [Double]

  init(_ numbers: [Double], _ shape: [Int]) throws {
    guard shape.reduce(1, *) == numbers.count else {
      throw ProtobufFields.Fault(description: "\(numbers.count) numbers do not fill \(shape)")
    }
    self.shape = shape
    self.numbers = numbers
  }

  /// - Parameter element: ONNX's number of the format
  init(_ bytes: [UInt8], element: Int, shape: [Int]) throws {
    func read<Number>(_ type: Number.Type, _ convert: (Number) -> Double) -> [Double] {
      bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: MemoryLayout<Number>.size).map {
          convert(raw.loadUnaligned(fromByteOffset: $0, as: type))
        }
      }
    }
    switch element {
    case 1: try self.init(read(Float.self) { Double($0) }, shape)
    case 3: try self.init(read(Int8.self) { Double($0) }, shape)
    case 6: try self.init(read(Int32.self) { Double($0) }, shape)
    case 7: try self.init(read(Int64.self) { Double($0) }, shape)
    default: throw ProtobufFields.Fault(description: "numbers of the unknown format \(element)")
    }
  }
}
