internal import CLIPCompute

/// Accuracies that models would have on other pictures and with other seeds, by drawing both with replacement.
///
/// Pictures are drawn once for all models: those on which all err alike say nothing of their difference. Seeds are drawn for
/// each training by itself; its arithmetics share them. How often a draw has each picture times who gets it right is a
/// product of matrices; its sums are whole numbers that floats hold exactly.
struct AccuracyDraws {
  /// How many models and draws.
  let models: Int, draws: Int
  /// As measured.
  let stated: [Double]
  /// `[draws, models]`: with pictures and seeds drawn, with pictures alone, with seeds alone.
  let both: [Double], pictures: [Double], seeds: [Double]

  /// - Throws: `InputError` for models that were not measured on the same pictures.
  init(_ models: [ClaimModel], draws: Int, seed: UInt64, on pool: ThreadPool) throws {
    try ClaimModel.check(models)
    self.models = models.count
    self.draws = draws
    stated = models.map(\.accuracy)
    let columns = Columns(models)
    var both = [Double](repeating: 0, count: draws * models.count), pictures = both, seeds = both
    let sets = models[0].right.count, chunks = (draws + Self.rows - 1) / Self.rows
    both.withUnsafeMutableBufferPointer { both in
      pictures.withUnsafeMutableBufferPointer { pictures in
        seeds.withUnsafeMutableBufferPointer { seeds in
          for set in 0..<sets {
            let right = columns.right(of: models, on: set), count = models[0].right[set][0].count
            let all = columns.sums(right, count)
            pool.forEach(chunks) { chunk in
              let range = chunk * Self.rows..<min(draws, (chunk + 1) * Self.rows)
              let sums = Self.sums(range, right, pictures: count, columns.count, stream: set, seed)
              for draw in range {
                let picks = columns.picks(draw, seed), row = (draw - range.lowerBound) * columns.count
                for model in 0..<columns.ranges.count {
                  var drawn = 0.0, plain = 0.0, chosen = 0.0
                  for column in columns.ranges[model] {
                    let sum = Double(sums[row + column])
                    drawn += picks[column] * sum
                    plain += sum
                    chosen += picks[column] * all[column]
                  }
                  let whole = Double(count * sets * columns.ranges[model].count)
                  let place = draw * columns.ranges.count + model
                  both[place] += drawn / whole
                  pictures[place] += plain / whole
                  seeds[place] += chosen / whole
                }
              }
            }
          }
        }
      }
    }
    (self.both, self.pictures, self.seeds) = (both, pictures, seeds)
  }

  /// Draws that are done at a time: as many rows of a product.
  private static let rows = 125

  /// For each draw and column how many of the drawn pictures are right: `[range, columns]`.
  private static func sums(
    _ range: Range<Int>, _ right: [Float], pictures: Int, _ columns: Int, stream: Int, _ seed: UInt64
  ) -> [Float] {
    var counts = [Float](repeating: 0, count: range.count * pictures)
    for (row, draw) in range.enumerated() {
      var random = Philox(seed: seed, purpose: .bootstrap, index: UInt64(stream + 1) << 40 | UInt64(draw))
      for _ in 0..<pictures { counts[row * pictures + random.integer(below: pictures)] += 1 }
    }
    var sums = [Float](repeating: 0, count: range.count * columns)
    counts.withUnsafeBufferPointer { counts in
      right.withUnsafeBufferPointer { right in
        sums.withUnsafeMutableBufferPointer { sums in
          guard let counts = counts.baseAddress, let right = right.baseAddress, let sums = sums.baseAddress else {
            return
          }
          multiply(
            ReadOnlyMatrix(counts, rows: range.count, columns: pictures),
            ReadOnlyMatrix(right, rows: pictures, columns: columns),
            into: MatrixView(sums, rows: range.count, columns: columns))
        }
      }
    }
    return sums
  }

  /// A column for each seed of each model.
  private struct Columns {
    /// Of each model.
    let ranges: [Range<Int>]
    /// The training of each model, and how many seeds each training has.
    let trainings: [Int], seeds: [Int]
    var count: Int { ranges.last?.upperBound ?? 0 }

    init(_ models: [ClaimModel]) {
      var ranges: [Range<Int>] = [], places: [String: Int] = [:], seeds: [Int] = [], trainings: [Int] = [], end = 0
      for model in models {
        ranges.append(end..<end + model.seeds)
        end += model.seeds
        if places[model.training] == nil {
          places[model.training] = seeds.count
          seeds.append(model.seeds)
        }
        trainings.append(places[model.training] ?? 0)
      }
      (self.ranges, self.trainings, self.seeds) = (ranges, trainings, seeds)
    }

    /// `[pictures, columns]`: 1 where a picture is right.
    func right(of models: [ClaimModel], on set: Int) -> [Float] {
      let pictures = models[0].right[set][0].count
      var right = [Float](repeating: 0, count: pictures * count)
      for (model, range) in zip(models, ranges) {
        for (column, seed) in zip(range, model.right[set]) {
          for picture in 0..<pictures where seed[picture] { right[picture * count + column] = 1 }
        }
      }
      return right
    }

    /// How many pictures are right in each column.
    func sums(_ right: [Float], _ pictures: Int) -> [Double] {
      var sums = [Double](repeating: 0, count: count)
      for picture in 0..<pictures {
        for column in 0..<count { sums[column] += Double(right[picture * count + column]) }
      }
      return sums
    }

    /// How often a draw has each column's seed.
    func picks(_ draw: Int, _ seed: UInt64) -> [Double] {
      var drawn: [[Double]] = []
      for (training, count) in seeds.enumerated() {
        var picks = [Double](repeating: 0, count: count)
        var random = Philox(
          seed: seed, purpose: .bootstrap, index: 1 << 62 | UInt64(training) << 32 | UInt64(draw))
        for _ in 0..<count { picks[random.integer(below: count)] += 1 }
        drawn.append(picks)
      }
      var picks = [Double](repeating: 0, count: self.count)
      for (model, range) in ranges.enumerated() {
        for (place, column) in range.enumerated() { picks[column] = drawn[trainings[model]][place] }
      }
      return picks
    }
  }
}
