import CLIPFiles
import CLIPRanks
import CLIPSystem

/// A command as one of several ranks: rank 0 speaks, and whoever fails ends all of them with one line that says which rank
/// and why.
struct RankedRun {
  let group: MPIRanks

  /// Nil where the program was started alone.
  /// - Throws: ``InputError`` where ranks were started and cannot reach one another.
  static func join() throws -> RankedRun? {
    guard let group = try MPIRanks.launched(environment()) else { return nil }
    if group.rank > 0 {
      Console.silence()
      Output.silence()
    }
    return RankedRun(group: group)
  }

  /// Runs the command; what fails on all ranks alike is told by rank 0.
  func run(_ body: () throws -> Void) throws {
    do {
      try body()
      group.stop()
    } catch let disagreement as RankDisagreement {
      group.stop()
      if group.rank > 0 { throw CancellationError() }
      throw disagreement.error
    } catch is CancellationError {
      // All ranks stop after the same step.
      group.stop()
      throw CancellationError()
    } catch let error as InputError {
      Console.write("error: rank \(group.rank): \("\(error)".singleLine)\n")
      // MPICH's launcher, when it hears of the end, no longer reads what it has not read yet.
      Pause.milliseconds(200)
      group.abort(1)
      throw error
    }
  }

  private static func environment() -> [String: String] {
    let names = [
      "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "CARBONCLIP_MPI",
    ]
    var values: [String: String] = [:]
    for name in names { if let value = getenv(name) { values[name] = String(cString: value) } }
    return values
  }
}
