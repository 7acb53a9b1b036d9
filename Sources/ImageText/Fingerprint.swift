import CLIPFiles

/// Tells whether two runs saw the same data: a hash of all samples that does not depend on their order, their names, or
/// the format they were stored in.
///
///     fingerprint = murmur(sum over samples of murmur(sample) mod 2¹²⁸, number of samples)
///
/// A sample's record is its image (the encoded file's bytes, or rows, columns and pixels), its captions in order, and
/// its label. Samples with a damaged image are in it as well as sound ones; those that a reader throws as
/// ``SkippedSample`` are not. It guards against mix-ups, not against forgery: the hash is not a cryptographic one.
public struct Fingerprint: Equatable, Hashable, Sendable, CustomStringConvertible {
  private var sum: UInt128 = 0
  /// How many samples are in it.
  public private(set) var count = 0

  /// The fingerprint of no data.
  public init() {}

  /// One sample's share, to be computed on any thread and put in with ``add(_:)``.
  public struct Share: Equatable, Sendable {
    fileprivate let hash: UInt128

    /// Reads the whole image once.
    public init(of sample: ImageTextSample) {
      var record: [UInt8] = []
      switch sample.image {
      case .encoded(let bytes):
        record.append(number: UInt8(1))
        record.append(number: bytes.withUnsafeBytes { MurmurHash.hash($0) })
      case .pixels(let image):
        record.append(number: UInt8(2))
        record.append(number: UInt64(image.rows))
        record.append(number: UInt64(image.columns))
        record.append(number: image.pixels.withUnsafeBytes { MurmurHash.hash($0) })
      }
      record.append(number: UInt8(sample.label == nil ? 0 : 1))
      record.append(number: UInt64(bitPattern: Int64(sample.label ?? 0)))
      record.append(number: UInt64(sample.captions.count))
      for caption in sample.captions { record.append(number: MurmurHash.hash(caption)) }
      hash = record.withUnsafeBytes { MurmurHash.hash($0) }
    }
  }

  /// Puts a sample in.
  public mutating func add(_ share: Share) {
    sum &+= share.hash
    count += 1
  }

  /// Puts in all that another one has.
  package mutating func add(_ other: Fingerprint) {
    sum &+= other.sum
    count += other.count
  }

  /// All that it knows, in two words and a number.
  package var parts: [UInt64] {
    get { [UInt64(truncatingIfNeeded: sum >> 64), UInt64(truncatingIfNeeded: sum), UInt64(count)] }
    set {
      sum = UInt128(newValue[0]) << 64 | UInt128(newValue[1])
      count = Int(newValue[2])
    }
  }

  /// Puts a sample in.
  public mutating func add(_ sample: ImageTextSample) { add(Share(of: sample)) }

  /// The fingerprint of all usable samples of a data set, which are read once.
  public static func of(_ source: any ImageTextSource) throws -> Fingerprint {
    var fingerprint = Fingerprint()
    try source.forEach { fingerprint.add($0) }
    return fingerprint
  }

  /// `fp1-` and 32 hexadecimal digits; the 1 is the version of this definition.
  public var description: String {
    var record: [UInt8] = []
    record.append(number: sum)
    record.append(number: UInt64(count))
    let digits = String(record.withUnsafeBytes { MurmurHash.hash($0) }, radix: 16)
    return "fp1-" + String(repeating: "0", count: 32 - digits.count) + digits
  }
}

extension [UInt8] {
  /// Appends a number's bytes, the lowest first, on any machine.
  fileprivate mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
