import CLIPFiles

/// One kind of file that comes from outside, and what reads it.
struct Reader {
  /// How a seed is changed.
  enum Grammar {
    case binary
    case text
    case json
    /// A safetensors file: a header of JSON behind its length.
    case safetensors
    /// Text in a gzip file.
    case gzippedText
  }

  /// As `--reader` calls it.
  let name: String
  /// What the changed file is called in the worker's folder: a name decides how some are read.
  let file: String
  var grammar = Grammar.text
  /// Puts checksums right after a change; every other case goes without.
  var seal: ((inout [UInt8]) -> Void)?
  /// How many cases this reader gets beside one with 1: less for those that take long.
  var weight = 1.0
  /// Most memory that a case may take beyond what the process had, in bytes.
  var memory = 1 << 29
  /// Files that are accepted as they are; each is case number 0, 1, ... of its reader.
  let seeds: (Sources) throws -> [[UInt8]]
  /// Puts down what lies beside the file.
  var prepare: (String) throws -> Void = { _ in }
  /// Reads the file at a path in a folder, and asks of it what a command would.
  let read: (_ path: String, _ folder: String) throws -> Void

  /// The input of a case.
  func input(_ seeds: [[UInt8]], seed: UInt64, case number: Int) -> [UInt8] {
    if number < seeds.count { return seeds[number] }
    var dice = Dice(seed: seed, reader: name, case: number)
    var bytes = dice.pick(seeds)
    let other = dice.pick(seeds)
    repeat { change(&bytes, other, &dice) } while dice.below(5) < 2
    if let seal, dice.oneIn(2) { seal(&bytes) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ other: [UInt8], _ dice: inout Dice) {
    switch grammar {
    case .binary: ByteChanges.apply(&bytes, other: other, &dice)
    case .text: TextChanges.apply(&bytes, other: other, &dice)
    case .json:
      if dice.oneIn(3) || !TreeChanges.apply(&bytes, &dice) { TextChanges.apply(&bytes, other: other, &dice) }
    case .safetensors: changeHeader(&bytes, other, &dice)
    case .gzippedText:
      guard !dice.oneIn(4), let text = try? Gzip.decompress(bytes, limit: 1 << 22) else {
        return ByteChanges.apply(&bytes, other: other, &dice)
      }
      var changed = text
      TextChanges.apply(&changed, other: text, &dice)
      bytes = Seals.gzip(changed)
    }
  }

  private func changeHeader(_ bytes: inout [UInt8], _ other: [UInt8], _ dice: inout Dice) {
    guard bytes.count > 8, !dice.oneIn(4) else { return ByteChanges.apply(&bytes, other: other, &dice) }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else { return ByteChanges.apply(&bytes, other: other, &dice) }
    var header = Array(bytes[8..<8 + Int(length)])
    if dice.oneIn(3) || !TreeChanges.apply(&header, &dice) { TextChanges.apply(&header, other: [], &dice) }
    bytes = Seals.little(UInt64(header.count), 8) + header + bytes[(8 + Int(length))...]
  }
}
