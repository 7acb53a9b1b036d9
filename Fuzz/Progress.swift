import CLIPFiles
import CLIPSystem

/// What a worker has done, in memory that it shares with its parent: it outlives the worker.
final class Progress {
  /// The places of the numbers.
  enum Field: Int { case current, accepted, refused, longestMessage, peakBytes, done }

  private let numbers: UnsafeMutablePointer<Int>
  private static let bytes = 4096

  /// Makes the file, or opens it where it is there.
  init(_ path: String) throws {
    let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    guard descriptor >= 0, ftruncate(descriptor, off_t(Self.bytes)) == 0,
      let memory = mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
    else { throw InputError("cannot be shared: \(String(cString: strerror(errno)))", file: path) }
    numbers = memory.bindMemory(to: Int.self, capacity: Self.bytes / MemoryLayout<Int>.stride)
  }

  deinit { munmap(numbers, Self.bytes) }

  subscript(field: Field) -> Int {
    get { numbers[field.rawValue] }
    set { numbers[field.rawValue] = newValue }
  }
}
