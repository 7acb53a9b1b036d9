import CLIPFiles
import Foundation
import CLIPImageText

/// Archives and folders made by hand for the readers' tests.
enum FormatFixtures {
  /// A new empty folder that is removed with this object.
  final class Scratch {
    let path: String

    init() throws {
      let url = FileManager.default.temporaryDirectory.appendingPathComponent("formats-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
      let place = "\(path)/\(name)"
      try Folder.make(Folder.parent(of: place))
      try Data(bytes).write(to: URL(fileURLWithPath: place))
      return place
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(text.utf8, to: name) }
  }

  /// A tar archive put together block by block, so that every field can be wrong.
  struct Tar {
    var bytes: [UInt8] = []

    /// Appends a member.
    /// - Parameters:
    ///   - size: the size field, when it should not say what `data` holds
    ///   - prefix: the POSIX field for long names
    mutating func add(
      _ name: String, _ data: [UInt8] = [], type: Character = "0", size: [UInt8]? = nil, prefix: String = "",
      padded: Bool = true
    ) {
      var block = [UInt8](repeating: 0, count: 512)
      func put(_ field: some Sequence<UInt8>, at offset: Int) {
        for (index, byte) in field.enumerated() { block[offset + index] = byte }
      }
      put(name.utf8.prefix(100), at: 0)
      put("0000644".utf8, at: 100)
      put(size ?? Array(Tar.octal(data.count).utf8), at: 124)
      put("00000000000".utf8, at: 136)
      put("        ".utf8, at: 148)
      block[156] = type == "\0" ? 0 : type.asciiValue ?? 0
      put("ustar\u{0}00".utf8, at: 257)
      put(prefix.utf8, at: 345)
      let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
      put((String(repeating: "0", count: 6 - sum.count) + sum + "\0 ").utf8, at: 148)
      bytes += block + data
      if padded { bytes += [UInt8](repeating: 0, count: (512 - data.count % 512) % 512) }
    }

    mutating func add(_ name: String, text: String) { add(name, Array(text.utf8)) }

    /// A pax header with records for the next member.
    mutating func addPax(_ records: [(String, String)]) {
      var text = ""
      for (key, value) in records {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest + 1
        while String(length).count + rest != length { length += 1 }
        text += "\(length) \(key)=\(value)\n"
      }
      add("PaxHeaders/x", Array(text.utf8), type: "x")
    }

    /// The archive with its end mark.
    var closed: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    static func octal(_ size: Int) -> String {
      let digits = String(size, radix: 8)
      return String(repeating: "0", count: max(0, 11 - digits.count)) + digits
    }
  }

  /// Stands in for an image: the readers do not decode.
  static func image(_ number: Int = 0, count: Int = 700) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
  }

  /// All samples of a source, and what was left out.
  static func read(_ source: any ImageTextSource) throws -> (
    samples: [ImageTextSample], skipped: SkippedSamples
  ) {
    var samples: [ImageTextSample] = []
    let skipped = try source.forEach { samples.append($0) }
    return (samples, skipped)
  }

  /// The message of the error that `body` throws.
  static func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }
}

extension ImageTextSample {
  /// The encoded image's bytes.
  var imageBytes: [UInt8] {
    if case .encoded(let bytes) = image { bytes.copied } else { [] }
  }
}
