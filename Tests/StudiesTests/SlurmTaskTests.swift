import CLIPFiles
import CLIPStudies
import Foundation
import Testing

/// Slurm's commands are small scripts here; `scripts/slurm-single-node` and `SlurmSearchTests` have the real ones at work.
@Suite("Tasks of Slurm")
struct SlurmTaskTests {
  private func executor(
    _ folder: StudyFolder, in place: String = "workers", program: String = "/opt/carbonclip",
    _ change: (inout SlurmTasks.Settings) -> Void = { _ in }
  ) -> SlurmTasks {
    var settings = SlurmTasks.Settings()
    (settings.places, settings.prefix, settings.tools) = (4, "clip-x1-", folder.path)
    (settings.lines, settings.interval, settings.delay) = (["--time=1:00:00"], 0, 0)
    change(&settings)
    return SlurmTasks(
      TaskFolder("\(folder.path)/it's tasks"), TaskCommand(program: program, arguments: ["trial"]),
      logs: "\(folder.path)/\(place)", settings)
  }

  private func task(_ folder: StudyFolder, _ number: Int = 1) throws -> TaskName {
    try TaskFolder("\(folder.path)/it's tasks").write("trial", number, [:])
  }

  @Test("the script says what is run, where, and how often; with ranks srun starts them")
  func script() throws {
    let folder = try StudyFolder(), task = TaskName("trial", 5, attempt: 2)
    let text = try executor(folder, in: "50% of it").script(task, directory: "/data/my search")
    #expect(
      text == """
        #!/bin/sh
        #SBATCH --job-name=clip-x1-trial-5.2
        #SBATCH --output="\(folder.path)/50%% of it/trial-5.2.log"
        #SBATCH --open-mode=append
        #SBATCH --no-requeue
        #SBATCH --signal=B:TERM@60
        #SBATCH --time=1:00:00
        cd '/data/my search' || exit 1
        exec '/opt/carbonclip' 'trial' '\(folder.path)/it'\\''s tasks/trial-5.2.task'

        """)
    let ranked = try executor(folder) { $0.ranks = 4 }.script(task, directory: "/")
    #expect(ranked.contains("\n#SBATCH --signal=TERM@60\n#SBATCH --ntasks=4\n#SBATCH --time=1:00:00\n"))
    #expect(ranked.contains("\nexec srun --ntasks=4 '/opt/carbonclip' 'trial' "))
  }

  @Test("lines and folders that would become something else in a script are refused")
  func unsafe() throws {
    let folder = try StudyFolder(), task = TaskName("trial", 1, attempt: 1)
    let word = fault { try executor(folder) { $0.lines = ["time=1"] }.script(task, directory: "/") }
    #expect(word == "--slurm-line: \"time=1\" is no option of sbatch; such as --time=8:00:00")
    let two = fault { try executor(folder) { $0.lines = ["--time=1\nrm -r x"] }.script(task, directory: "/") }
    #expect(two?.hasPrefix("--slurm-line: ") == true && two?.contains("\n") == false)
    #expect(
      fault { try executor(folder, in: "a\nrm -r x").script(task, directory: "/") }?.contains("line break") == true)
    #expect(fault { try executor(folder, in: "a\"b").script(task, directory: "/") }?.contains("quote") == true)
    #expect(fault { try executor(folder).script(task, directory: "/a\nb") }?.contains("line break") == true)
  }

  @Test("jobs are submitted, asked for by name, and cancelled")
  func life() throws {
    let folder = try StudyFolder(), here = folder.path, executor = executor(folder)
    _ = try folder.program("sbatch", "echo \"$@\" >> '\(here)/asked'; echo '41;cluster'")
    _ = try folder.program(
      "squeue",
      "echo \"$@\" >> '\(here)/queue'; printf 'clip-x1-trial-1.1 RUNNING 41\\nclip-x1-trial-2.1 PENDING 42\\n'")
    _ = try folder.program("scancel", "echo \"$@\" >> '\(here)/cancelled'")
    let open = [try task(folder), try task(folder, 2)]
    #expect(executor.room(beside: []) == 4 && executor.room(beside: open) == 2)
    try executor.start(open[0])
    #expect(try TextFile.lines(of: "\(here)/asked") == ["--parsable \(here)/it's tasks/trial-1.1.sh"])
    // The second was submitted by a coordinator that died before it could note that.
    #expect(try executor.lost(among: open).isEmpty)
    #expect(
      try TextFile.lines(of: "\(here)/queue") == [
        "--noheader --states=all --format=%j %T %A --name=clip-x1-trial-1.1,clip-x1-trial-2.1"
      ])
    executor.stop(open)
    #expect(
      try TextFile.lines(of: "\(here)/cancelled") == ["--state=PENDING 41 42", "--signal=TERM --full 41 42"])
    #expect(executor.room(beside: []) == 0)
  }

  @Test("a job that has ended without a result is lost once its files had time to be seen; a pending one is not")
  func lost() throws {
    let folder = try StudyFolder(), executor = executor(folder), tasks = TaskFolder("\(folder.path)/it's tasks")
    _ = try folder.program("sbatch", "echo 41")
    let open = try (1...5).map { try task(folder, $0) }
    func states(_ lines: [String]) throws {
      _ = try folder.program("squeue", lines.map { "echo 'clip-x1-\($0)'" }.joined(separator: "\n"))
    }
    // Another machine's process that gives signs, and one that gave its last long ago.
    for (number, age) in [(2, 0), (3, 100), (5, 0)] {
      let file = try folder.file(
        "it's tasks/trial-\(number).1.taken",
        Array(#"{"machine":"far/0/p","process":1,"start":"","since":1,"token":"t"}"#.utf8))
      var times = [timeval(tv_sec: time(nil) - age, tv_usec: 0), timeval(tv_sec: time(nil) - age, tv_usec: 0)]
      #expect(utimes(file, &times) == 0)
    }
    _ = try folder.file("it's tasks/trial-5.1.result", Array("{\"finished\": {}}".utf8))
    try states(["trial-1.1 PENDING 1", "trial-2.1 RUNNING 2", "trial-3.1 NODE_FAIL 3", "trial-5.1 COMPLETED 5"])
    // The silent one is known at once; the fourth is not known to Slurm at all.
    #expect(try executor.lost(among: open) == [open[2]: .vanished(isOfMemory: nil), open[3]: .untouched])
    try states(["trial-1.1 CANCELLED 1", "trial-2.1 NODE_FAIL 2"])
    // A node that Slurm has lost may still work.
    #expect(try executor.lost(among: [open[0], open[1], open[4]]) == [open[0]: .untouched])
    #expect(try TakenTask.take(tasks.file(open[0])) == nil, "a job that starts late must find its task taken back")
    var times = [timeval(tv_sec: time(nil) - 100, tv_usec: 0), timeval(tv_sec: time(nil) - 100, tv_usec: 0)]
    #expect(utimes("\(tasks.path)/trial-2.1.taken", &times) == 0)
    try states(["trial-2.1 OUT_OF_MEMORY 2"])
    #expect(try executor.lost(among: [open[1], open[4]]) == [open[1]: .vanished(isOfMemory: false)])
  }

  @Test("a controller that does not answer for a moment has neither refused nor ended a job")
  func silence() throws {
    let folder = try StudyFolder(), executor = executor(folder) { $0.interval = 0.001 }
    for name in ["sbatch", "squeue"] {
      _ = try folder.program(
        name, "echo '\(name): error: Unable to contact slurm controller (connect failure)' >&2; exit 1")
    }
    let open = [try task(folder)]
    try executor.start(open[0])
    for _ in 0..<20 { #expect(try executor.lost(among: open).isEmpty) }
    // Back again, it says that it never had the job.
    _ = try folder.program("squeue", "exit 0")
    usleep(2000)
    #expect(try executor.lost(among: open) == [open[0]: .untouched])
  }

  @Test("jobs that end before they begin, a refused one and a missing Slurm are said in one line")
  func refused() throws {
    let folder = try StudyFolder(), executor = executor(folder)
    let one = try task(folder)
    #expect(
      fault { try executor.start(one) }?.contains("/sbatch: cannot be started: No such file or directory; is Slurm")
        == true)
    _ = try folder.program("sbatch", "echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1")
    #expect(
      fault { try executor.start(one) }
        == "\(folder.path)/sbatch failed: sbatch: error: invalid partition specified: gpu; "
        + "is Slurm installed, and is its controller up? try sinfo")
    _ = try folder.program("sbatch", "echo hello")
    #expect(fault { try executor.start(one) } == "sbatch answered \"hello�\", not a job's number")
    _ = try folder.program(
      "sbatch", "echo 'slurmstepd: error: execve(): carbonclip: not found' > \"${2%tasks/*}x\"; echo 41")
    _ = try folder.program("squeue", "for n in 2 3 4; do echo clip-x1-trial-$n.1 FAILED $n; done")
    try Folder.make("\(folder.path)/workers")
    var last: String?
    for number in 2...4 {
      let next = try task(folder, number)
      try executor.start(next)
      _ = try folder.file("workers/trial-\(number).1.log", Array("execve(): carbonclip: not found\n".utf8))
      last = fault { _ = try executor.lost(among: [next]) }
      #expect((last != nil) == (number == 4))
    }
    #expect(
      last?.contains("3 jobs in a row ended before they began, the last as FAILED: execve()") == true, "\(last ?? "")")
  }
}
