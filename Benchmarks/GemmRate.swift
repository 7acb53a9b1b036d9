import CLIPCompute
import CLIPFiles

/// How fast can matrix products be here? The limit of inference, and of training.
///
/// Each thread multiplies matrices of its own, `[m, k]` by a packed `[k, n]` (by OpenBLAS where our kernels cannot run), as
/// the towers' chunks do.
enum GemmRate {
  /// Large, then the linear layers of ViT-B-16, TinyCLIP 8M and micro in the row counts that one thread takes at once.
  static let shapes: [(name: String, m: Int, n: Int, k: Int)] = [
    ("large", 2048, 2048, 2048), ("large", 1024, 1024, 1024), ("ViT-B-16 qkv", 394, 2304, 768),
    ("ViT-B-16 up", 394, 3072, 768), ("ViT-B-16 down", 394, 768, 3072), ("TinyCLIP 8M up", 197, 1024, 256),
    ("TinyCLIP 8M down", 197, 256, 1024), ("micro qkv", 195, 576, 192), ("micro up", 195, 768, 192),
  ]

  static func run(_ options: Options, _ report: inout Report) throws {
    var table = Table(["matrix products", "m", "n", "k", "GFLOP/s"])
    for shape in shapes {
      var contest = Contest()
      try contest.add(&report) { try worker(shape.m, shape.n, shape.k, options) }
      for result in contest.run(rounds: options.rounds, seconds: options.seconds / 10, &report) {
        table.add([shape.name, "\(shape.m)", "\(shape.n)", "\(shape.k)", result.perSecond.summary])
      }
    }
    try report.add("Matrix products, float32, \(options.threads) threads", "Median (least-most) of the rounds.", table)
  }

  /// The shape of the highest rate, to be measured along with others.
  static func fastest(
    _ options: Options, _ report: inout Report, in precision: ProductArithmetic = .float32
  ) throws -> [Int] {
    var best = (rate: 0.0, shape: [1024, 1024, 1024])
    for shape in shapes {
      let side = try worker(shape.m, shape.n, shape.k, options, in: precision)
      let rates = try Samples((0..<3).map { _ in try side.measure(seconds: 0.1).perSecond })
      side.quit()
      if rates.maximum > best.rate { best = (rates.maximum, [shape.m, shape.n, shape.k]) }
    }
    return best.shape
  }

  static func worker(
    _ m: Int, _ n: Int, _ k: Int, _ options: Options, in precision: ProductArithmetic = .float32
  ) throws -> PeerProcess {
    try .worker(
      precision == .float32 ? "matrix products" : "matrix products bf16",
      [
        "gemm", "--shape", "\(m),\(n),\(k)", "--threads", "\(options.threads)", "--precision", precision.rawValue,
      ])
  }
}

/// Multiplies; its "results" are 1e9 floating-point operations.
enum GemmWorker {
  static func run(_ options: Options) throws {
    guard options.shape.count == 3 else { throw InputError("--shape needs m,n,k") }
    let (m, n, k) = (options.shape[0], options.shape[1], options.shape[2])
    let pool = ThreadPool(threads: options.threads)
    let precision = options.precision
    let sides = (0..<options.threads).map { _ in
      let b = matrix(k, n)
      return (
        matrix(m, k), b, PackedMatrix(b, transposed: false, in: precision),
        MatrixView(.allocate(capacity: m * n), rows: m, columns: n)
      )
    }
    let operations = 2 * Double(m) * Double(n) * Double(k)
    // Enough products that starting and waiting for the threads does not count.
    let repeats = max(1, Int(2e9 / operations))
    try Worker.serve(items: operations * Double(repeats * options.threads) / 1e9) {
      pool.forEach(options.threads) { side in
        let (a, b, packed, c) = sides[side]
        for _ in 0..<repeats {
          if let packed {
            packed.multiply(a.reading, columns: 0..<n, into: c)
          } else {
            multiply(a, b, into: c, in: precision)
          }
        }
      }
    }
  }

  private static func matrix(_ rows: Int, _ columns: Int) -> MatrixView {
    let start = UnsafeMutablePointer<Float>.allocate(capacity: rows * columns)
    for index in 0..<rows * columns { start[index] = Float(index * 37 % 101) / 101 - 0.5 }
    return MatrixView(start, rows: rows, columns: columns)
  }
}
