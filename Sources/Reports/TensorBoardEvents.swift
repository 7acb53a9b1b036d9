import CLIPFiles
import CLIPSystem

/// A run's curves as a TensorBoard event file.
///
/// The whole file is written anew from the log each time, so a run that was taken up again shows each step once. The
/// format is TensorFlow's: TFRecord frames (`tensorflow/core/lib/io/record_writer.h`) around `Event` messages
/// (`tensorflow/core/util/event.proto`).
public enum TensorBoardEvents {
  /// Writes `events.out.tfevents.START.carbonclip` into a folder, made where it is missing.
  ///
  /// Tags: `train/loss`, `train/loss_TERM`, `train/learning_rate`, `train/logit_scale`, `train/gradient_norm`,
  /// `train/samples_per_second`, `val/METRIC`.
  /// - Throws: ``InputError`` when it cannot be written.
  public static func write(log: TrainingLog, to folder: String) throws {
    let start = log.firstStart.flatMap(unixSeconds) ?? 0
    var bytes: [UInt8] = []
    var opening = ProtobufMessage()
    opening.add(1, double: start)
    opening.add(3, text: "brain.Event:2")
    bytes += frame(opening.bytes)
    for step in log.steps {
      var scalars = ["loss", "learning_rate", "logit_scale", "gradient_norm", "samples_per_second"].compactMap { key in
        step.values[key].map { ("train/\(key)", $0) }
      }
      if step.terms.count > 1 { scalars += step.terms.map { ("train/loss_\($0.name)", $0.value) } }
      bytes += frame(event(start + (step.values["seconds"] ?? 0), step.step, scalars))
    }
    for validation in log.validations {
      // Seconds are those of the step it followed.
      let seconds = log.steps.last { $0.step <= validation.step }?.values["seconds"] ?? 0
      bytes += frame(event(start + seconds, validation.step, validation.metrics.map { ("val/\($0.name)", $0.value) }))
    }
    try Folder.make(folder)
    try AtomicFile.write(
      bytes, to: "\(folder)/events.out.tfevents.\(Int(exactly: start.rounded(.down)) ?? 0).carbonclip")
  }

  private static func event(_ time: Double, _ step: Int, _ scalars: [(String, Double)]) -> [UInt8] {
    var summary = ProtobufMessage()
    for (tag, value) in scalars {
      var entry = ProtobufMessage()
      entry.add(1, text: tag)
      entry.add(2, float: Float(value))
      summary.add(1, message: entry)
    }
    var event = ProtobufMessage()
    event.add(1, double: time)
    event.add(2, integer: UInt64(max(step, 0)))
    event.add(5, message: summary)
    return event.bytes
  }

  /// Length, its checksum, data, its checksum.
  package static func frame(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// Seconds since 1970 of a time such as `2026-11-23T14:00:00Z`.
  package static func unixSeconds(_ text: String) -> Double? {
    let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
    guard numbers.count == 6, text.hasSuffix("Z"), (1970...9999).contains(numbers[0]) else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    return Double(timegm(&parts))
  }
}

/// Bytes of a Protocol Buffers message. Source: protobuf.dev, "Encoding".
package struct ProtobufMessage {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func add(_ field: Int, integer: UInt64) {
    key(field, 0)
    varint(integer)
  }

  package mutating func add(_ field: Int, double: Double) {
    key(field, 1)
    withUnsafeBytes(of: double.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func add(_ field: Int, float: Float) {
    key(field, 5)
    withUnsafeBytes(of: float.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func add(_ field: Int, text: String) { add(field, Array(text.utf8)) }
  package mutating func add(_ field: Int, message: ProtobufMessage) { add(field, message.bytes) }

  private mutating func add(_ field: Int, _ content: [UInt8]) {
    key(field, 2)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func key(_ field: Int, _ type: UInt64) { varint(UInt64(field) << 3 | type) }

  private mutating func varint(_ value: UInt64) {
    var left = value
    while left >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
      left >>= 7
    }
    bytes.append(UInt8(left))
  }
}

/// The Castagnoli checksum. Source: RFC 3720, appendix B.4.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
  }

  /// As TFRecord stores it: turned and shifted, so that checksums of checksums are no trouble.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
