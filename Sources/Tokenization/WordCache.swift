import Synchronization

/// Remembers the tokens of short words, for any number of threads without a lock.
///
/// A slot is written once, by the thread that claims it, and never changes again; when the slots a word may
/// take are taken, it is simply not remembered. So memory is bounded, and what comes out is what went in.
/// Words that come early stay, which for language are the frequent ones.
///
/// `@unchecked Sendable`: a slot's contents are written before its state is raised to `ready` (releasing) and
/// read only after it was seen so (acquiring).
final class WordCache: @unchecked Sendable {
  /// The longest word remembered, in bytes.
  static let longestWord = 26
  /// The most tokens remembered for a word.
  static let mostTokens = 8

  // A slot is one cache line: 4 bytes of state, the word's length, its token count, 26 bytes, 8 tokens.
  private static let slotSize = 64
  private static let probes = 4
  private static let empty: UInt32 = 0, claimed: UInt32 = 1, ready: UInt32 = 2

  private let slots: UnsafeMutableRawPointer
  private let count: Int

  /// - Parameter slots: rounded up to a power of two; each takes 64 bytes
  init(slots: Int) {
    var count = 16
    while count < min(slots, 1 << 24) { count *= 2 }
    self.count = count
    self.slots = .allocate(byteCount: count * Self.slotSize, alignment: Self.slotSize)
    for index in 0..<count {
      let slot = self.slots + index * Self.slotSize
      slot.initializeMemory(as: UInt8.self, repeating: 0, count: Self.slotSize)
      slot.bindMemory(to: Atomic<UInt32>.self, capacity: 1).initialize(to: Atomic(Self.empty))
    }
  }

  deinit { slots.deallocate() }

  private func state(_ slot: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt32>> {
    slot.assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  private func slot(_ hash: UInt64, _ probe: Int) -> UnsafeMutableRawPointer {
    slots + ((Int(truncatingIfNeeded: hash >> 32) &+ probe) & (count - 1)) * Self.slotSize
  }

  /// A hash of the word's bytes.
  static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15 }
    return hash ^ hash >> 29
  }

  /// Appends the remembered tokens of a word of at most ``longestWord`` bytes.
  /// - Returns: whether there were any
  func append(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, to ids: inout [Int32]) -> Bool {
    for probe in 0..<Self.probes {
      let slot = slot(hash, probe)
      guard state(slot).pointee.load(ordering: .acquiring) == Self.ready else { return false }
      guard holds(slot, word) else { continue }
      let tokens = Int(slot.load(fromByteOffset: 5, as: UInt8.self))
      for index in 0..<tokens { ids.append(slot.load(fromByteOffset: 32 + 4 * index, as: Int32.self)) }
      return true
    }
    return false
  }

  private func holds(_ slot: UnsafeMutableRawPointer, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(slot.load(fromByteOffset: 4, as: UInt8.self)) == word.count else { return false }
    for index in 0..<word.count where slot.load(fromByteOffset: 6 + index, as: UInt8.self) != word[index] {
      return false
    }
    return true
  }

  /// Remembers a word, if it is short enough and a slot is free.
  func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, tokens: ArraySlice<Int32>) {
    guard word.count <= Self.longestWord, tokens.count <= Self.mostTokens else { return }
    for probe in 0..<Self.probes {
      let slot = slot(hash, probe)
      let (isOurs, found) = state(slot).pointee.compareExchange(
        expected: Self.empty, desired: Self.claimed, ordering: .acquiringAndReleasing)
      if isOurs {
        slot.storeBytes(of: UInt8(word.count), toByteOffset: 4, as: UInt8.self)
        slot.storeBytes(of: UInt8(tokens.count), toByteOffset: 5, as: UInt8.self)
        for index in 0..<word.count {
          slot.storeBytes(of: word[index], toByteOffset: 6 + index, as: UInt8.self)
        }
        for (index, token) in tokens.enumerated() {
          slot.storeBytes(of: token, toByteOffset: 32 + 4 * index, as: Int32.self)
        }
        state(slot).pointee.store(Self.ready, ordering: .releasing)
        return
      }
      if found == Self.ready, holds(slot, word) { return }
    }
  }
}
