package import CLIPAccelerators
internal import CLIPCompute
import CLIPSystem

/// What is known of one model on a space's designs: bounds and prices, which boundary, grid and lifetime of a scenario do not change.
///
/// Looking for the least carbon in three boundaries on three grids prices mostly the same designs. Where model, space or cost model
/// are others than before, what was known is forgotten: whoever asks for many models takes one after the other.
public final class SpaceKnowledge: Sendable {
  private struct Subject {
    let model: PhysicalCostModel, list: OperationList, space: DesignSpace
    let floors: SpaceFloors
    var bounds: [SpaceFloors.Box: DesignFloor] = [:]
    var points: [Int: SweepPoint] = [:]
  }

  private let subject = Lock<Subject?>(nil)
  /// How many designs were priced, those that were known left out.
  package var priced: Int { prices.withLock { $0 } }
  private let prices = Lock(0)

  /// Nothing is known.
  public init() {}

  /// The bounds of a model on a space, those that are known where it is the same one.
  func floors(
    _ list: OperationList, in space: DesignSpace, with model: PhysicalCostModel, on pool: ThreadPool
  ) throws -> SpaceFloors {
    let known = subject.withLock { subject -> SpaceFloors? in
      guard let subject, subject.model.pricesAlike(model), subject.space == space, subject.list == list else {
        return nil
      }
      return subject.floors
    }
    if let known { return known }
    let floors = try SpaceFloors(list, in: space, with: model, on: pool)
    subject.withLock { $0 = Subject(model: model, list: list, space: space, floors: floors) }
    return floors
  }

  /// The bound of a box.
  func floor(of box: SpaceFloors.Box, _ find: () -> DesignFloor) -> DesignFloor {
    if let known = subject.withLock({ $0?.bounds[box] }) { return known }
    let floor = find()
    subject.withLock { $0?.bounds[box] = floor }
    return floor
  }

  /// The price of a design.
  func point(_ number: Int, _ price: () throws -> SweepPoint) rethrows -> SweepPoint {
    if let known = subject.withLock({ $0?.points[number] }) { return known }
    let point = try price()
    prices.withLock { $0 += 1 }
    subject.withLock { $0?.points[number] = point }
    return point
  }
}
