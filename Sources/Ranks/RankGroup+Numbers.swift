// Numbers of all ranks: sums and lists.
extension RankGroup {
  /// Replaces numbers by their sums over all ranks, added in the order of the ranks: what a group does that has no sum of
  /// its own.
  public func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws {
    let size = numbers.count * MemoryLayout<Double>.size
    let all = try gather(UnsafeRawBufferPointer(numbers), sizes: [Int](repeating: size, count: count))
    all.withUnsafeBytes { memory in
      for index in numbers.indices {
        var total = 0.0
        for rank in 0..<count {
          total += memory.loadUnaligned(
            fromByteOffset: rank * size + index * MemoryLayout<Double>.size, as: Double.self)
        }
        numbers[index] = total
      }
    }
  }

  /// The sums of some numbers over all ranks, the same bits on each of them.
  public func sum(_ numbers: [Double]) throws -> [Double] {
    var sums = numbers
    try sums.withUnsafeMutableBufferPointer { try sum($0) }
    return sums
  }

  /// The numbers of rank 0; the others give as many.
  public func broadcast(_ numbers: [Double]) throws -> [Double] {
    var told = numbers
    try told.withUnsafeMutableBytes { try broadcast($0) }
    return told
  }

  /// Some numbers of each rank, of any number.
  public func gather(_ numbers: [Double]) throws -> [[Double]] { try gatherValues(numbers) }

  /// Floats of each rank, of any number.
  package func gatherFloats(_ own: [Float]) throws -> [[Float]] { try gatherValues(own) }

  private func gatherValues<Value: BitwiseCopyable>(_ own: [Value]) throws -> [[Value]] {
    let size = MemoryLayout<Value>.stride
    return try gatherBytes(own.withUnsafeBytes { Array($0) }).map { bytes in
      bytes.withUnsafeBytes { memory in
        (0..<memory.count / size).map { memory.loadUnaligned(fromByteOffset: size * $0, as: Value.self) }
      }
    }
  }
}
