import CLIPFiles
import CLIPSystem
import CCLIPVectorKernels

/// A ZIP archive as PyTorch writes it, mapped. Stored members are views into the file; deflated ones are
/// unpacked when asked for, within limits.
///
/// Source: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3 (ZIP64). Only the central directory is believed,
/// and only after it was checked against the file's size and against each member's own header.
///
/// `@unchecked Sendable`: the map and the directory never change; what was unpacked lies inside a `Lock`.
final class ZipArchive: @unchecked Sendable {
  struct Member {
    let name: String
    let isDeflated: Bool
    let packed: UnsafeRawBufferPointer
    let size: Int
    /// CRC-32 of the unpacked bytes; 0 where the writer left it out, as PyTorch does when told to.
    let checksum: UInt32
  }

  let path: String
  /// The members' names in the order of the directory.
  let names: [String]
  private let members: [String: Member]
  private let map: MemoryMap
  private let unpacked = Lock(Unpacked())
  /// Stored members whose bytes were seen to be whole.
  private let checked = Lock(Set<String>())

  private struct Unpacked {
    var members: [String: OwnedBytes] = [:]
    var total = 0
  }

  /// Bytes that all deflated members may unpack to: a small file can hold petabytes.
  private static let unpackingLimit = 1 << 32
  private static let mostMembers = 1 << 20

  static func isArchive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
  }

  init(_ map: MemoryMap) throws {
    self.map = map
    path = map.path
    let reader = ZipDirectory(bytes: map.bytes)
    let entries = try reader.entries(limit: Self.mostMembers)
    var members: [String: Member] = [:]
    for entry in entries {
      guard members.updateValue(try reader.member(entry), forKey: entry.name) == nil else {
        throw InputError("two members of one name in the archive", at: entry.name)
      }
    }
    self.members = members
    names = entries.map(\.name)
  }

  func contains(_ name: String) -> Bool { members[name] != nil }

  /// A member's bytes.
  /// - Parameter most: how many bytes it may unpack to: what its reader needs, so that a small file cannot fill the memory
  func bytes(of name: String, most: Int) throws -> KeptBytes {
    guard let member = members[name] else {
      throw InputError("the archive has no member of this name", at: name)
    }
    guard member.isDeflated else {
      if !checked.withLock({ $0.contains(name) }) {
        try check(member.packed, member)
        checked.withLock { _ = $0.insert(name) }
      }
      return KeptBytes(bytes: member.packed, keeper: map)
    }
    // Unpacked under the lock, so that two threads cannot spend the limit twice.
    let owned = try unpacked.withLock { unpacked in
      if let owned = unpacked.members[name] { return owned }
      guard member.size <= most else {
        throw InputError("unpacks to \(member.size) bytes where \(most) are needed", at: name)
      }
      guard member.size <= Self.unpackingLimit - unpacked.total else {
        throw InputError(
          "unpacks to \(member.size) bytes; members may unpack to \(Self.unpackingLimit) in all", at: name)
      }
      // Deflate packs up to a thousandfold, so a small file can ask for gigabytes. They are held twice for a moment.
      try AvailableMemory.now()?.require(2 * Double(member.size), for: "unpacking \(name.quoted())") { _ in
        "save the weights without compression, as torch.save does"
      }
      let bytes: [UInt8]
      do {
        bytes = try Gzip.decompress(Array(member.packed), wrapper: .raw, limit: member.size)
      } catch let error as InputError {
        throw InputError(error.problem, at: name, advice: error.advice)
      }
      guard bytes.count == member.size else {
        throw InputError("unpacks to \(bytes.count) bytes where the directory says \(member.size)", at: name)
      }
      try bytes.withUnsafeBytes { try check($0, member) }
      let owned = OwnedBytes(bytes)
      unpacked.members[name] = owned
      unpacked.total += member.size
      return owned
    }
    return owned.kept
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ member: Member) throws {
    guard member.checksum == 0 || vk_crc32(bytes.baseAddress, bytes.count) == member.checksum else {
      throw InputError(
        "its bytes do not match their checksum: the file is damaged", at: member.name, advice: "fetch the file again")
    }
  }
}
