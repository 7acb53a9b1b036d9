/// Lets workers work on a study, wherever they run. A worker is this program with a command line that makes it claim trials
/// until none is left; the study is all that they share.
public protocol TrialExecutor: AnyObject {
  /// Starts the workers.
  /// - Throws: `InputError` where they cannot be started.
  func start() throws
  /// How many work or wait for a place; looks after those that ended.
  /// - Throws: `InputError` where nobody can tell, or all ended with a fault.
  func poll() throws -> Int
  /// Asks all to stop; each saves what it has first.
  func stop()
}

/// How a worker is started.
public struct WorkerCommand: Sendable {
  /// The program's file.
  public let program: String
  /// Its arguments for the worker of a name.
  public let arguments: @Sendable (_ worker: String) -> [String]

  /// A command of its parts.
  public init(program: String, arguments: @escaping @Sendable (_ worker: String) -> [String]) {
    self.program = program
    self.arguments = arguments
  }
}
