import Files

/// Notices shards whose members were packed by kind and not by sample: all images first, then all texts. Each half
/// would be left out as a sample without the other.
struct SampleOrder {
  /// Keys beyond this many in one shard are no longer looked out for.
  private static let maximumKeys = 1 << 20

  /// By a key's hash, whether its group was all there.
  private var isComplete: [UInt64: Bool] = [:]

  /// Looks at the next group of a shard.
  /// - Throws: ``InputError`` when its key stood before and one of the two groups lacks what the other may have.
  mutating func check(_ group: SampleGroup, in shard: String) throws {
    let complete = group.image != nil && (group.text != nil || group.json != nil || group.label != nil)
    let hash = UInt64(truncatingIfNeeded: MurmurHash.hash(group.key))
    if let earlier = isComplete[hash] {
      guard earlier && complete else {
        throw InputError(
          "the key \(group.key.quoted(limit: 100)) comes again later with other members: a sample's members must stand "
            + "next to each other", file: shard,
          advice: "pack them sorted: tar --sort=name -cf NEW.tar FOLDER")
      }
    } else if isComplete.count < Self.maximumKeys {
      isComplete[hash] = complete
    }
  }
}
