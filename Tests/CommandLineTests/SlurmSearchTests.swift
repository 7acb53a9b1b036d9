import CLIPFiles
import Foundation
import Testing

/// Real Slurm, of two virtual nodes on this machine, where it is installed and may be started, and CARBONCLIP_SLURM=1 asks for
/// it: daemons are not started by whoever only runs the tests.
@Suite("Searches on Slurm", .serialized)
struct SlurmSearchTests {
  private static let root = SearchKillTests.root

  /// Why there is no Slurm to try; nil where there is one.
  private static let obstacle: String? = {
    guard ProcessInfo.processInfo.environment["CARBONCLIP_SLURM"] == "1" else {
      return "CARBONCLIP_SLURM=1 asks for it"
    }
    guard geteuid() == 0 else { return "only root can start its daemons" }
    for name in ["slurmctld", "slurmd", "munged"] {
      let places: [String] = ["/usr/sbin/\(name)", "/usr/bin/\(name)", "/usr/local/sbin/\(name)"]
      guard places.contains(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
        return "\(name) is not installed (Debian's packages slurm-wlm and munge)"
      }
    }
    return nil
  }()

  private func run(_ script: String) throws -> Program.Outcome? {
    if let obstacle = Self.obstacle {
      print("not tried with Slurm: \(obstacle)")
      return nil
    }
    return try Program.shell("cd '\(Self.root)' && \(script)")
  }

  @Test("coordinator, task, slurmd and slurmctld are killed once each: the same front, no trial measured twice")
  func kills() throws {
    let found = try run("SAMPLES=160 scripts/slurm-single-node run Benchmarks/slurm-kills.sh \"$0\" 4")
    guard let found else { return }
    #expect(found.status == 0, "\(found.output) \(found.errors.suffix(2000))")
    #expect(found.output.contains("| front as in an undisturbed search of one process | yes"), "\(found.output)")
  }

  @Test(
    "Ctrl-C cancels jobs that wait, lets those that run save and leaves none; taken up, the front is that of one process"
  )
  func stop() throws {
    guard Self.obstacle == nil else { return _ = try run("") }
    let folder = try TemporaryFolder(), recipe = try CoordinatorKillTests.recipe(folder)
    let script = """
      set -eu
      words() { words=(search '\(recipe)' --logs "$1" --candidates "$1/c" --name s --threads 1 --trials 3 "${@:2}"); }
      words '\(folder.path)/alone' && "$0" "${words[@]}" >/dev/null
      words '\(folder.path)/slurm' --executor slurm --workers 8
      "$0" "${words[@]}" >/dev/null 2>'\(folder.path)/first' & first=$!
      for i in $(seq 600); do [ -n "$(squeue --noheader)" ] && break; sleep 0.05; done
      kill -INT $first
      wait $first || echo "stopped with $?"
      echo "$(squeue --noheader | wc -l) jobs are left"
      words '\(folder.path)/slurm' --executor slurm --workers 2 --resume
      "$0" "${words[@]}" >/dev/null 2>'\(folder.path)/second'
      """
    let file = try folder.write(Array("\(script)\n".utf8), "inner.sh")
    let found = try #require(try run("scripts/slurm-single-node run bash -c '. \(file)' \"$0\""))
    #expect(found.status == 0, "\(found.output) \(found.errors.suffix(2000))")
    #expect(found.output.contains("stopped with 130"), "\(found.output)")
    #expect(found.output.contains("\n0 jobs are left"), "\(found.output)")
    #expect(
      try CoordinatorKillTests.front("\(folder.path)/slurm/s") == CoordinatorKillTests.front("\(folder.path)/alone/s"))
  }
}
