internal import CLIPSystem

/// OpenBLAS's working memory, set aside before the first product.
///
/// Each thread that multiplies needs 128 MiB of address space (few of its pages are ever touched). OpenBLAS maps it when
/// it is first needed, keeps it, and asks for ever where the system refuses (`driver/others/memory.c`,
/// `blas_memory_alloc`). Here it is first asked of the system, then of OpenBLAS.
enum MatrixBuffers {
  /// `BUFFER_SIZE` of x86-64 and arm64, and a page.
  private static let bytes = 128 << 20 + 1 << 16
  /// OpenBLAS knows so many buffers and no more.
  private static let most = 64
  /// For how many threads there are buffers.
  private static let reserved = Lock(0)

  /// Sets buffers aside for so many threads, or for as many as the system allows.
  /// - Returns: for how many there are buffers, at least 1; where there is not even one the program ends
  static func reserve(for threads: Int) -> Int {
    let wanted = min(threads, most)
    let found = reserved.withLock { reserved in
      guard wanted > reserved else { return wanted }
      let more = available(wanted - reserved)
      if more > 0 { fill(reserved + more) }
      reserved += more
      return reserved
    }
    guard found > 0 else {
      OutOfMemory.end("matrix products need 128 MB of address space", "allow more (ulimit -v)")
    }
    return found == wanted ? threads : found
  }

  /// How many buffers, up to a number, the system would give now. Where it would not give all, one's size is left for
  /// what is to be multiplied.
  private static func available(_ wanted: Int) -> Int {
    var blocks: [UnsafeMutableRawPointer] = []
    while blocks.count <= wanted,
      let block = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), block != MAP_FAILED
    { blocks.append(block) }
    for block in blocks { munmap(block, bytes) }
    return max(min(blocks.count, 1), blocks.count - 1)
  }

  /// Has OpenBLAS map so many: it gives out a new one while the others are in use.
  private static func fill(_ count: Int) {
    guard let allocate = dlsym(nil, "blas_memory_alloc"), let free = dlsym(nil, "blas_memory_free") else { return }
    let take = unsafeBitCast(allocate, to: (@convention(c) (CInt) -> UnsafeMutableRawPointer?).self)
    let give = unsafeBitCast(free, to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)
    let buffers = (0..<count).map { _ in take(0) }
    for buffer in buffers { give(buffer) }
  }
}
