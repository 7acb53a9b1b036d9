import CLIPFiles

/// A whole graph with its inputs and outputs, as a file that ONNX's readers load.
///
/// Source: ONNX's `onnx.proto` (field numbers) and `docs/IR.md`, `docs/ExternalData.md`.
package struct GraphFile {
  /// What goes into a graph or comes out of it.
  package struct Port: Sendable {
    /// The length of an axis.
    package enum Axis: Sendable {
      case fixed(Int)
      /// Any length, the same wherever the name stands.
      case named(String)
    }

    let name: String
    let element: GraphElement
    let axes: [Axis]

    package init(_ name: String, _ element: GraphElement, _ axes: [Axis]) {
      self.name = name
      self.element = element
      self.axes = axes
    }

    /// A port whose first axis is the batch.
    /// - Parameter shape: the axes after it
    package init(_ name: String, _ element: GraphElement, batchOf shape: [Int], batch: String = "batch") {
      self.init(name, element, [.named(batch)] + shape.map { .fixed($0) })
    }

    /// A `ValueInfoProto`.
    var message: ProtobufMessage {
      var list = ProtobufMessage()
      for axis in axes {
        var message = ProtobufMessage()
        switch axis {
        case .fixed(let extent): message.add(1, extent)
        case .named(let name): message.add(2, name)
        }
        list.add(1, message)
      }
      var tensor = ProtobufMessage(), type = ProtobufMessage(), message = ProtobufMessage()
      tensor.add(1, element.rawValue)
      tensor.add(2, list)
      type.add(1, tensor)
      message.add(1, name)
      message.add(2, type)
      return message
    }
  }

  /// The operator set: the first with layer normalization, which every ONNX Runtime since 1.12 has.
  package static let operatorSet = 17
  /// The format's version that came with that operator set.
  package static let formatVersion = 8
  /// Protocol buffers end at 2 GiB; numbers then go into a file beside the graph's.
  package static let longest = Int(Int32.max)
  /// Constants below this stay in the graph; above, they begin at multiples of it, so that readers can map them.
  private static let page = 4096

  package let graph: GraphBuilder
  /// The graph's name.
  let name: String
  let inputs: [Port]
  let outputs: [Port]
  /// Notes for readers, in their order.
  let metadata: [(key: String, value: String)]
  /// The toolkit's version.
  let version: String

  package init(
    _ graph: GraphBuilder, name: String, inputs: [Port], outputs: [Port], metadata: [(key: String, value: String)],
    version: String
  ) {
    self.graph = graph
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.metadata = metadata
    self.version = version
  }

  /// Writes the graph, and where it would be too long its large constants into a second file, `path` with `_data`
  /// appended.
  ///
  /// - Parameter limit: the longest file, in bytes
  /// - Returns: the names of the files written
  /// - Throws: `InputError` when a file cannot be written.
  package func write(to path: String, limit: Int = longest) throws -> [String] {
    let whole = message([:])
    guard whole.count > limit else {
      try write(path) { try whole.write(to: &$0) }
      return [Folder.name(of: path)]
    }
    let dataPath = "\(path)_data", dataName = Folder.name(of: dataPath)
    var places: [String: GraphTensor.Place] = [:], end = 0
    let large = graph.tensors.filter { $0.payload.count >= Self.page }
    for tensor in large {
      places[tensor.name] = GraphTensor.Place(file: dataName, offset: end)
      end = Self.nextPage(end + tensor.payload.count)
    }
    // A graph of before must never be read with the numbers of now.
    if Folder.containsFile(path) { try Folder.remove(path) }
    try write(dataPath) { file in
      for tensor in large {
        try tensor.payload.write(&file)
        let count = tensor.payload.count
        try file.write([UInt8](repeating: 0, count: Self.nextPage(count) - count))
      }
    }
    try write(path) { try message(places).write(to: &$0) }
    return [Folder.name(of: path), dataName]
  }

  private func write(_ path: String, _ body: (inout AtomicFile) throws -> Void) throws {
    var file = try AtomicFile(path: path)
    do { try body(&file) } catch let error as InputError { throw error.inFile(path) }
    try file.commit()
  }

  private static func nextPage(_ offset: Int) -> Int { (offset + page - 1) / page * page }

  /// A `ModelProto`.
  private func message(_ places: [String: GraphTensor.Place]) -> ProtobufMessage {
    var graph = ProtobufMessage()
    for node in self.graph.nodes { graph.add(1, node.message) }
    graph.add(2, name)
    for tensor in self.graph.tensors { graph.add(5, tensor.message(at: places[tensor.name])) }
    for port in inputs { graph.add(11, port.message) }
    for port in outputs { graph.add(12, port.message) }
    var operators = ProtobufMessage()
    operators.add(1, "")
    operators.add(2, Self.operatorSet)
    var model = ProtobufMessage()
    model.add(1, Self.formatVersion)
    model.add(2, "CarbonCLIP")
    model.add(3, version)
    model.add(7, graph)
    model.add(8, operators)
    for note in metadata { model.add(14, ProtobufMessage(key: note.key, value: note.value)) }
    return model
  }
}
