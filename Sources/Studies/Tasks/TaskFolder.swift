public import CLIPFiles

/// Tasks as files: what is to be done, who does it, and what came of it, each a file that appears whole.
///
/// One process writes tasks and takes up what came of them; others take tasks and leave their outcomes. They share nothing
/// else, and each may die at any moment. Of the attempts at one piece of work the first outcome counts.
public struct TaskFolder: Sendable {
  /// Where the files lie.
  public let path: String

  /// - Parameter path: made with the first task
  public init(_ path: String) { self.path = path }

  /// The folder of a task's file.
  public init(of file: String) { path = Folder.parent(of: file) }

  /// The file that says what is to be done.
  public func file(_ task: TaskName) -> String { "\(path)/\(task)\(Self.taskEnding)" }

  /// The task of a file.
  /// - Throws: `InputError` for a file of another name.
  public static func name(of file: String) throws -> TaskName {
    let name = Folder.name(of: file)
    guard name.hasSuffix(taskEnding), let task = TaskName(name.dropLast(taskEnding.count)) else {
      throw InputError("is no task of a search", file: file, advice: "such as tasks/trial-5.1.task")
    }
    return task
  }

  private static let taskEnding = ".task", takenEnding = ".taken", outcomeEnding = ".result"
  private static let script = ".sh"

  // What the coordinator does.

  /// Writes the next attempt at something.
  /// - Throws: `InputError` where it cannot be written.
  public func write(_ kind: String, _ number: Int, _ content: JSONObject) throws -> TaskName {
    try Folder.make(path)
    let last = try attempts(kind, number).map(\.attempt).max() ?? 0
    let task = TaskName(kind, number, attempt: last + 1)
    try AtomicFile.write(JSONValue.object(content).text(indentation: 1) + "\n", to: file(task))
    return task
  }

  /// The newest attempt at something; nil where there is none.
  public func newest(_ kind: String, _ number: Int) throws -> TaskName? {
    try attempts(kind, number).max { $0.attempt < $1.attempt }
  }

  private func attempts(_ kind: String, _ number: Int) throws -> [TaskName] {
    guard Folder.exists(path) else { return [] }
    return try Folder.names(in: path).filter { $0.hasSuffix(Self.taskEnding) }
      .compactMap { TaskName($0.dropLast(Self.taskEnding.count)) }
      .filter { $0.kind == kind && $0.number == number }
  }

  /// The attempts that have ended, the oldest first of each.
  /// - Throws: `InputError` where the folder cannot be read.
  public func ended() throws -> [TaskName] {
    guard Folder.exists(path) else { return [] }
    return try Folder.names(in: path).filter { $0.hasSuffix(Self.outcomeEnding) }
      .compactMap { TaskName($0.dropLast(Self.outcomeEnding.count)) }
      .sorted { ($0.kind, $0.number, $0.attempt) < ($1.kind, $1.number, $1.attempt) }
  }

  /// How an attempt ended; nil while it has not. A file that no program wrote counts as released.
  public func outcome(_ task: TaskName) -> TaskOutcome? {
    let file = "\(path)/\(task)\(Self.outcomeEnding)"
    guard Folder.containsFile(file) else { return nil }
    guard let text = try? TextFile.text(of: file, limit: 1 << 26), let json = try? JSONParser.parse(text) else {
      return .released("its result cannot be read")
    }
    if let value = json["finished"]?.objectValue { return .finished(value) }
    if let reason = json["failed"]?.stringValue { return .failed(reason) }
    return .released(json["released"]?.stringValue ?? "its result cannot be read")
  }

  /// Forgets how an attempt ended, so that it is not taken up again; the attempt's number stays used.
  public func forget(_ task: TaskName) throws { try Folder.remove("\(path)/\(task)\(Self.outcomeEnding)") }

  /// Removes everything about something that is done.
  public func remove(_ kind: String, _ number: Int) throws {
    guard Folder.exists(path) else { return }
    for name in try Folder.names(in: path) {
      for ending in [Self.outcomeEnding, Self.takenEnding, Self.script, Self.taskEnding] where name.hasSuffix(ending) {
        guard let task = TaskName(name.dropLast(ending.count)), task.kind == kind, task.number == number else {
          continue
        }
        try Folder.remove("\(path)/\(name)")
      }
    }
  }

  /// Removes the folder where nothing is left in it.
  public func tidy() { if let names = try? Folder.names(in: path), names.isEmpty { try? Folder.remove(path) } }

  /// The script that lets a batch system run a task.
  func script(_ task: TaskName) -> String { "\(path)/\(task)\(Self.script)" }

  // Who does it.

  /// Takes a task for this process, or for nobody: only one can.
  /// - Returns: whether nobody had taken it
  /// - Throws: `InputError` where that cannot be written.
  func take(_ task: TaskName, asNobody: Bool = false) throws -> Bool {
    let text = asNobody ? "{}" : JSONValue.object(Holder.current().json).text()
    return try ExclusiveFile.make(text + "\n", at: taken(task))
  }

  func taken(_ task: TaskName) -> String { "\(path)/\(task)\(Self.takenEnding)" }

  /// How it stands with whoever took a task.
  public enum Hand: Equatable, Sendable {
    /// Nobody took it so far.
    case open
    /// A process works at it.
    case held(Holder)
    /// Whoever took it has gone, or the task was taken back.
    case gone(Holder?)
  }

  /// Who works at a task.
  public func hand(_ task: TaskName) -> Hand {
    guard let (holder, life) = Holder.look(taken(task)) else { return .open }
    guard let holder, case .alive = life else { return .gone(holder) }
    return .held(holder)
  }

  /// Takes a task back that nobody works at: whoever would begin with it from now on finds it taken.
  /// - Returns: false where somebody works at it after all
  /// - Throws: `InputError` where that cannot be written.
  public func withdraw(_ task: TaskName) throws -> Bool {
    switch hand(task) {
    case .held: return false
    case .gone: return true
    case .open: return try take(task, asNobody: true)
    }
  }
}

/// A task that this process has taken: signs of life are given until it is let go.
public final class TakenTask: Sendable {
  /// Its name.
  public let name: TaskName
  /// What is to be done.
  public let content: JSONValue
  private let folder: TaskFolder
  private let heartbeat: Heartbeat

  /// Takes the task of a file.
  /// - Returns: nil where another process has, or had
  /// - Throws: `InputError` for a file that cannot be read or is no task.
  public static func take(_ file: String) throws -> TakenTask? {
    let name = try TaskFolder.name(of: file), folder = TaskFolder(of: file)
    let content = try JSONParser.parse(file: file, limit: 1 << 26)
    guard try folder.take(name) else { return nil }
    return TakenTask(name, content, folder)
  }

  private init(_ name: TaskName, _ content: JSONValue, _ folder: TaskFolder) {
    self.name = name
    self.content = content
    self.folder = folder
    heartbeat = Heartbeat(folder.taken(name))
  }

  /// Leaves what came of it: whole or not at all, also through a power cut.
  /// - Throws: `InputError` where it cannot be written.
  public func leave(_ outcome: TaskOutcome) throws {
    let json: JSONObject =
      switch outcome {
      case .finished(let value): ["finished": .object(value)]
      case .failed(let reason): ["failed": .string(reason)]
      case .released(let reason): ["released": .string(reason)]
      }
    try AtomicFile.write(JSONValue.object(json).text(indentation: 1) + "\n", to: "\(folder.path)/\(name).result")
  }
}
