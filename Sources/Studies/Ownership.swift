internal import CLIPFiles

/// One process's right to change something that lies in files, across all machines that see them.
///
/// The owner is whoever made the file of the highest number in a folder; the file is touched as long as the owner lives. A new
/// owner makes the next number, which only one can make, so that two who find the same owner dead do not both follow it. An
/// owner that was only thought dead finds the higher number, and ``Study`` refuses whatever it writes then.
public final class Ownership: Sendable {
  /// Where the files lie.
  public let folder: String
  /// From whom it was taken over, in words; nil where nobody had it.
  public let note: String?
  let token: String
  private let number: Int
  private let holder: Holder
  private let heartbeat: Heartbeat

  /// Files of earlier owners are kept for so many changes: a file's number is never given twice within them.
  private static let kept = 8
  private static let mostTries = 400

  private init(_ folder: String, _ number: Int, _ holder: Holder, note: String?) {
    self.folder = folder
    self.number = number
    self.holder = holder
    self.note = note
    token = holder.token
    heartbeat = Heartbeat(Self.file(folder, number)) { Self.numbers(folder).last.map { $0 > number } ?? false }
  }

  /// Takes something, or says who has it.
  /// - Parameters:
  ///   - folder: of the owner's files; made where it is missing
  ///   - thing: what is owned, for messages
  /// - Throws: `InputError` where another process has it, or nothing can be written.
  public static func take(_ folder: String, of thing: String) throws -> Ownership {
    switch try attempt(folder) {
    case .taken(let ownership): return ownership
    case .held(let holder, let age):
      let who = holder?.words ?? "another process"
      let sign = age < 1 ? "it gave its last sign just now" : "it gave its last sign \(Int(age)) s ago"
      throw InputError(
        "belongs to \(who); \(sign)", file: thing,
        advice:
          "end that one first; one that was killed on another host is followed after \(Int(Heartbeat.patience)) s "
          + "without a sign")
    }
  }

  /// What came of an attempt.
  package enum Attempt {
    /// This process has it.
    case taken(Ownership)
    /// Somebody else has, and gave a sign so many seconds ago.
    case held(Holder?, age: Double)
  }

  /// Takes something where nobody has it.
  /// - Throws: `InputError` where nothing can be written.
  package static func attempt(_ folder: String) throws -> Attempt {
    try Folder.make(folder)
    for _ in 0..<mostTries {
      let last = numbers(folder).last
      var note: String?
      if let last {
        guard let (holder, life) = Holder.look(file(folder, last)) else {
          Pause.milliseconds(5)
          continue
        }
        let who = holder?.words ?? "a process that did not say who it is"
        switch life {
        case .alive: return .held(holder, age: FileAge.seconds(of: file(folder, last)) ?? 0)
        case .released: break
        case .ended: note = "\(who), which has ended"
        case .silent(let age): note = "\(who), which has given no sign for \(Int(age)) s"
        }
      }
      let number = (last ?? 0) + 1, own = Holder.current()
      // Somebody else may be faster, or two steps ahead.
      guard try ExclusiveFile.make(JSONValue.object(own.json).text() + "\n", at: file(folder, number)) else { continue }
      let now = numbers(folder)
      guard now.last == number else {
        try? Folder.remove(file(folder, number))
        continue
      }
      for old in now where old <= number - kept { try? Folder.remove(file(folder, old)) }
      return .taken(Ownership(folder, number, own, note: note))
    }
    throw InputError("cannot be owned: its files cannot be read, or change all the time", file: folder)
  }

  /// Whether another process has followed this one: it was silent for too long.
  public var isLost: Bool { heartbeat.isLost }

  /// Gives it back; done at the latest when this is let go.
  public func release() {
    let path = Self.file(folder, number)
    guard Self.numbers(folder).last == number, let found = Holder.look(path)?.holder, found.token == token,
      !found.isReleased
    else { return }
    var holder = holder
    holder.isReleased = true
    try? AtomicFile.write(JSONValue.object(holder.json).text() + "\n", to: path)
  }

  deinit { release() }

  private static func file(_ folder: String, _ number: Int) -> String { "\(folder)/\(number).json" }

  private static func numbers(_ folder: String) -> [Int] {
    ((try? Folder.names(in: folder)) ?? []).compactMap { name in
      name.hasSuffix(".json") ? Int(name.dropLast(5)).flatMap { $0 > 0 ? $0 : nil } : nil
    }.sorted()
  }
}
