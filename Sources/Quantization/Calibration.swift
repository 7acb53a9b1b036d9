internal import CLIPModels
internal import CLIPCompute
internal import CLIPModelShapes
internal import CLIPTensors

/// Runs training pairs through both towers in floats and looks at what passes.
struct Calibration {
  let vision: QuantizedVisionTower
  let text: QuantizedTextTower
  let images: Tensor
  let ids: [Int32]

  /// What all pairs together show: magnitudes and counts add up to the same in any order, and rows are put in order.
  func observe(on pool: ThreadPool, _ make: @escaping () -> RangeObserver) throws -> RangeObserver {
    let contexts = ContextList { PassContext(observer: make(), lanes: $0) }
    _ = try vision.features(images, on: pool, contexts.next)
    // A text at a time: no padding passes, as none matters.
    _ = try text.features(ids, group: 1, on: pool, contexts.next)
    let total = make()
    for context in contexts.all { if let observer = context.observer { total.add(observer) } }
    return total
  }
}

/// The contexts that threads have asked for.
private final class ContextList {
  private let make: (Lanes) -> PassContext
  private(set) var all: [PassContext] = []

  init(_ make: @escaping (Lanes) -> PassContext) { self.make = make }

  func next(_ lanes: Lanes) -> PassContext {
    let context = make(lanes)
    all.append(context)
    return context
  }
}

extension QuantizedVisionTower {
  /// `[batch, embed]`, not normalized. Scales are fixed and sums exact, so that groups change nothing.
  /// - Throws: ``ShapeError`` when the pictures have another size.
  func features(
    _ images: Tensor, on pool: ThreadPool, _ makeContext: (Lanes) -> PassContext
  ) throws -> Tensor {
    let shape = configuration, size = shape.imageSize
    guard images.shape.rank == 4, Array(images.shape.extents.dropFirst()) == [3, size, size] else {
      throw ShapeError("vision tower", expected: "[batch, 3, \(size), \(size)]", found: images.shape)
    }
    let batch = images.shape[0], features = FreshTensor([batch, embedDimension])
    let target = features.matrix
    Groups(batch, rowsEach: shape.tokens).run(on: pool, makeContext) { group, context in
      context.observer?.group = group
      encode(images, group, into: target.rows(group), context)
    }
    return features.tensor()
  }
}

extension QuantizedTextTower {
  /// `[batch, embed]`, not normalized.
  /// - Parameter group: texts at a time; nil for as many as suit the caches
  /// - Throws: as ``TextTower``.
  func features(
    _ ids: [Int32], group: Int?, on pool: ThreadPool, _ makeContext: (Lanes) -> PassContext
  ) throws -> Tensor {
    let input = try tower.batch(ids), lengths = tower.lengths(of: input)
    let features = FreshTensor([lengths.count, tower.embedDimension]), target = features.matrix
    let rows = group == 1 ? Groups.rows : lengths.max() ?? 1
    Groups(lengths.count, rowsEach: rows).run(on: pool, makeContext) { group, context in
      context.observer?.group = group
      encode(input, group, tokens: lengths[group].max() ?? 1, into: target.rows(group), context)
    }
    return features.tensor()
  }
}
