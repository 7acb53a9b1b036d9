/// Lets processes take tasks, wherever they run: this program with the task's file in its command line. The files are all
/// that they share with whoever gives tasks.
public protocol TaskExecutor: AnyObject {
  /// What a study notes of tasks that it has: `local`, `slurm`.
  var name: String { get }
  /// How many tasks it can begin with now.
  /// - Parameter open: tasks that were given to it, or to an earlier one of its kind, and have no outcome
  func room(beside open: [TaskName]) -> Int
  /// Lets a process take a task.
  /// - Throws: `InputError` where no process can ever be started so.
  func start(_ task: TaskName) throws
  /// A task's outcome was taken up.
  func ended(_ task: TaskName)
  /// Those of open tasks that nobody works at any more, and nobody will: they were taken back.
  /// - Throws: `InputError` where nobody can tell, or no process can do any.
  func lost(among open: [TaskName]) throws -> [TaskName: TaskLoss]
  /// Asks whoever works at these to save what it has and leave it, and begins with none that wait.
  func stop(_ open: [TaskName])
  /// Nothing more will be given.
  func end()
}

/// How a task was lost.
public enum TaskLoss: Equatable, Sendable {
  /// No process began with it.
  case untouched
  /// Its process ended without a word; whether for want of memory, where that is known.
  case vanished(isOfMemory: Bool?)
}

/// How a process that takes tasks is started.
public struct TaskCommand: Sendable {
  /// The program's file.
  public let program: String
  /// Its arguments before the task's file.
  public let arguments: [String]

  /// A command of its parts.
  public init(program: String, arguments: [String]) {
    self.program = program
    self.arguments = arguments
  }
}
