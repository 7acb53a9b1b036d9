import CarbonCLIPKit

/// A cost model of our own: so much energy a multiply-add, and a chip that does as many a cycle as it has multipliers.
struct FlatPrice: CostModel {
  let name = "flat-price"
  let picojoulesPerMultiplyAdd = 1.0

  func operations(of model: any Workload) throws -> OperationList { model.operations }

  func cost(of operation: Operation, on design: AcceleratorDesign) throws -> OperationCost {
    let work = Double(operation.multiplyAdds) / Double(max(1, operation.count))
    return OperationCost(
      cycles: (work / Double(design.lanes)).rounded(.up), energy: Joules(work * picojoulesPerMultiplyAdd * 1e-12))
  }

  func area(of design: AcceleratorDesign) throws -> ChipArea {
    ChipArea([.init("multipliers", SquareMillimeters(Double(design.lanes) * 1e-3))])
  }
}
