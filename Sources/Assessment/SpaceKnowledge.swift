package import CLIPAccelerators
internal import CLIPCompute
import CLIPSystem

/// What is known of one model on a space's designs: bounds and prices, which boundary, grid and lifetime of a scenario do not change.
///
/// Looking for the least carbon in three boundaries on three grids prices mostly the same designs. Where model, space or cost model
/// are others than before, what was known is forgotten: whoever asks for many models takes one after the other.
public final class SpaceKnowledge: Sendable {
  /// What a model has at least on a space's designs, and which subject of the knowledge that is.
  struct Known {
    let floors: SpaceFloors
    fileprivate let subject: Int
  }

  private struct Subject {
    let number: Int
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
  func known(
    _ list: OperationList, in space: DesignSpace, with model: PhysicalCostModel, on pool: ThreadPool
  ) throws -> Known {
    let known = subject.withLock { subject -> Known? in
      guard let subject, subject.model.pricesAlike(model), subject.space == space, subject.list == list else {
        return nil
      }
      return Known(floors: subject.floors, subject: subject.number)
    }
    if let known { return known }
    let floors = try SpaceFloors(list, in: space, with: model, on: pool)
    return subject.withLock { subject in
      let number = (subject?.number ?? 0) + 1
      subject = Subject(number: number, model: model, list: list, space: space, floors: floors)
      return Known(floors: floors, subject: number)
    }
  }

  /// The bound of a box. Where another subject has taken the place of this one, nothing is looked up or kept.
  func floor(of box: SpaceFloors.Box, in known: Known, _ find: () -> DesignFloor) -> DesignFloor {
    if let floor = look(known, { $0.bounds[box] }) { return floor }
    let floor = find()
    subject.withLock { if $0?.number == known.subject { $0?.bounds[box] = floor } }
    return floor
  }

  /// The price of a design, likewise.
  func point(_ number: Int, in known: Known, _ price: () throws -> SweepPoint) rethrows -> SweepPoint {
    if let point = look(known, { $0.points[number] }) { return point }
    let point = try price()
    prices.withLock { $0 += 1 }
    subject.withLock { if $0?.number == known.subject { $0?.points[number] = point } }
    return point
  }

  private func look<Value>(_ known: Known, _ find: (Subject) -> Value?) -> Value? {
    subject.withLock { subject in
      guard let subject, subject.number == known.subject else { return nil }
      return find(subject)
    }
  }
}
