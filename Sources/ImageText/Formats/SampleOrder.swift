import CLIPFiles

/// Notices shards whose members were packed by kind and not by sample: all images first, then all texts. Each half
/// would be left out as a sample without the other.
struct SampleOrder {
  /// Keys beyond this many in one shard are no longer looked out for.
  private static let maximumKeys = 1 << 20

  /// By a key's hash, which of image, text, JSON and label its group has, a bit each.
  private var members: [UInt64: UInt8] = [:]

  /// Looks at the next group of a shard.
  /// - Throws: ``InputError`` when its key stood before, one of the two groups lacks an image or what describes it, and
  ///   this one brings what the other has not.
  mutating func check(_ group: SampleGroup, in shard: String) throws {
    let fields = [group.image, group.text, group.json, group.label]
    var own: UInt8 = 0
    for (bit, field) in fields.enumerated() where field != nil { own |= 1 << bit }
    let hash = UInt64(truncatingIfNeeded: MurmurHash.hash(group.key))
    if let earlier = members[hash] {
      // A whole sample twice is none of this; nor is what no sample needs.
      guard own & ~earlier == 0 || Self.isComplete(own) && Self.isComplete(earlier) else {
        throw InputError(
          "the key \(group.key.quoted(limit: 100)) comes again later with other members: a sample's members must stand "
            + "next to each other", file: shard,
          advice: "pack them sorted: tar --sort=name -cf NEW.tar FOLDER")
      }
    } else if members.count < Self.maximumKeys {
      members[hash] = own
    }
  }

  private static func isComplete(_ fields: UInt8) -> Bool { fields & 1 != 0 && fields > 1 }
}
