internal import CLIPUnits

/// The reference's rule for a chip's area: lanes, registers and memories, nothing between them.
///
///     area = clusters * [width * depth * (MAC + register) + L2(raised)]
///          + clusters * [width * (MAC + register) + L2(as asked for)]
///          + buffer
///
/// Source: CATransformers, `get_core_area`; every SRAM by CACTI.
extension ReferenceCostModel {
  /// The chip's area by component.
  /// - Throws: `InputError` where the size of a memory is not in the table.
  public func area(of design: AcceleratorDesign) throws -> ChipArea {
    try Self.checkKnown(design)
    return try area(of: design, tensorL2: Self.tensorL2(design))
  }

  /// The area as the table says that the reference reads at run time: 81 of its 3240 entries were made under an older
  /// rule for the least L2 of the widest arrays.
  func tabulatedArea(of design: AcceleratorDesign) throws -> ChipArea {
    try area(of: design, tensorL2: Self.tabulatedTensorL2(design))
  }

  /// Whether the table's area is not what the rule gives.
  package static func isTabulatedAreaStale(_ design: AcceleratorDesign) -> Bool {
    tensorL2(design) != tabulatedTensorL2(design)
  }

  private func area(of design: AcceleratorDesign, tensorL2: Int) throws -> ChipArea {
    let clusters = Double(design.clusters)
    let lanes = Double(design.lanes), vectorLanes = Double(design.vectorLanes)
    func component(_ name: String, _ micrometers: Double) -> ChipArea.Component {
      ChipArea.Component(name, SquareMillimeters(micrometers / 1e6))
    }
    func memory(_ kilobytes: Int) throws -> Double {
      try technology.sram.memory(kilobytes: kilobytes).areaSquareMicrometers
    }
    return ChipArea([
      component("tensor_mac", lanes * technology.laneMACArea),
      component("tensor_register", lanes * technology.tensorRegister.area),
      component("tensor_l2", clusters * (try memory(tensorL2))),
      component("vector_mac", vectorLanes * technology.laneMACArea),
      component("vector_register", vectorLanes * technology.vectorRegister.area),
      component("vector_l2", clusters * (try memory(design.l2Kilobytes))),
      component("buffer", try memory(design.bufferKilobytes)),
    ])
  }

  /// The arrays' L2 in KB: at least 16 bytes a lane, and more beside two of the widest arrays.
  static func tensorL2(_ design: AcceleratorDesign) -> Int {
    let least = (design.width * design.depth * 16 + 1023) / 1024
    let size = max(design.l2Kilobytes, least)
    switch (design.width, design.depth) {
    case (256, 32): return max(size, 256)
    case (256, 16): return max(size, 128)
    default: return size
    }
  }

  /// The same by the older rule: exactly 256 KB beside 256 x 32 lanes, and no more than the lanes need beside 256 x 16.
  private static func tabulatedTensorL2(_ design: AcceleratorDesign) -> Int {
    if design.width == 256, design.depth == 32 { return 256 }
    return max(design.l2Kilobytes, (design.width * design.depth * 16 + 1023) / 1024)
  }
}
