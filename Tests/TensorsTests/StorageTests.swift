import CLIPCompute
import CLIPTensors
import Testing

@Suite("Memory of tensors")
struct StorageTests {
  @Test(
    "cleared memory is zero throughout, also where whole pages are given back", arguments: [1, 17, 20_000, 3_000_001])
  func clear(count: Int) {
    let storage = WritableStorage(count: count)
    storage.memory.update(repeating: 3, count: count)
    storage.clear()
    #expect((0..<count).allSatisfy { storage.memory[$0] == 0 })
    storage.memory[count - 1] = 2
    #expect(storage.memory[count - 1] == 2)
    let fresh = WritableStorage(count: count, isReused: false)
    fresh.memory.update(repeating: 1, count: count)
    #expect(storage.memory[count - 1] == 2 && UInt(bitPattern: fresh.memory) % 64 == 0)
  }

  @Test("halves give rows back rounded to bfloat16")
  func halves() {
    let memory = WritableStorage(count: HalfMatrix.floats(5, 3)), half = HalfMatrix(memory.memory, rows: 5, columns: 3)
    var values: [Float] = [1, 1.00390625, 1.01171875, -3e-20, 65535, .infinity], rest = [Float](repeating: 7, count: 9)
    values.withUnsafeMutableBufferPointer {
      if let start = $0.baseAddress { half.keep(MatrixView(start, rows: 2, columns: 3), at: 3) }
    }
    rest.withUnsafeMutableBufferPointer {
      if let start = $0.baseAddress { half.keep(MatrixView(start, rows: 3, columns: 3), at: 0) }
    }
    var found = [Float](repeating: 0, count: 9)
    found.withUnsafeMutableBufferPointer {
      if let start = $0.baseAddress { half.give(MatrixView(start, rows: 3, columns: 3), from: 2) }
    }
    // Ties go to the even neighbor: 1 + 1/256 down, 1 + 3/256 up.
    #expect(found[0..<3] == [7, 7, 7])
    #expect(found[3..<6] == [1, 1, 1.015625])
    #expect(found[7] == 65536 && found[8] == .infinity && abs(found[6] / -3e-20 - 1) < 0.004)
  }
}
