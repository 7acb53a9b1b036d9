internal import CLIPFiles

/// What shrinks how far from node to node, logic and SRAM apart: `data/technology/nodes.csv`.
///
/// Between two nodes every figure follows a straight line in the logarithms of node and figure.
package struct NodeTable: Sendable {
  /// A node's figures.
  package struct Node: Equatable, Sendable {
    /// Feature size in nm.
    package let size: Double
    /// Area of logic beside that of 45 nm.
    package let logicArea: Double
    /// Area of a six-transistor cell of SRAM, in square micrometers.
    package let cellArea: Double
    /// V at which energies are meant.
    package let nominal: Double
  }

  /// From the smallest on.
  private let nodes: [Node]

  /// Reads `data/technology/nodes.csv`.
  /// - Throws: `InputError` naming file, line and column.
  package init(file path: String? = nil) throws {
    let path = try path ?? DataFolder.path("technology/nodes.csv")
    let table = try FigureTable(file: path, columns: ["node_nm", "logic_area", "sram_cell_um2", "nominal_v"])
    nodes = try namingFile(path) {
      let rows = try table.rows.map { row in
        Node(
          size: try row.number("node_nm", in: 1...1000), logicArea: try row.number("logic_area", in: 1e-6...1e3),
          cellArea: try row.number("sram_cell_um2", in: 1e-6...1e3), nominal: try row.number("nominal_v", in: 0.1...10))
      }
      let sorted = rows.sorted { $0.size < $1.size }
      guard !sorted.isEmpty, zip(sorted, sorted.dropFirst()).allSatisfy({ $0.size < $1.size }) else {
        throw InputError("expected one row or more, each of another node")
      }
      return sorted
    }
  }

  /// The nodes that are covered, in nm.
  package var range: ClosedRange<Double> { (nodes.first?.size ?? 0)...(nodes.last?.size ?? 0) }

  /// A node's figures.
  /// - Throws: `InputError` with the range, for a node outside it.
  package func node(_ size: Double) throws -> Node {
    guard let above = nodes.first(where: { $0.size >= size }), let below = nodes.last(where: { $0.size <= size }) else {
      throw InputError(
        "node: expected \(plain(range.lowerBound)) to \(plain(range.upperBound)) nm, found \(plain(size))")
    }
    guard above.size > below.size else { return above }
    func between(_ figure: KeyPath<Node, Double>) -> Double {
      Power.interpolate(
        size, from: below.size, to: above.size, low: below[keyPath: figure], high: above[keyPath: figure])
    }
    return Node(
      size: size, logicArea: between(\.logicArea), cellArea: between(\.cellArea), nominal: between(\.nominal))
  }

  private func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
  }
}
