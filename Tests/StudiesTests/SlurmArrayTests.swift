import CLIPFiles
import Foundation
import CLIPStudies
import Testing

/// Slurm's commands are small scripts here; docs/studies.md shows the real ones at work.
@Suite("Slurm arrays")
struct SlurmArrayTests {
  private func array(
    _ folder: StudyFolder, name: String = "search", in place: String = "workers", lines: [String] = ["--time=1:00:00"]
  ) -> SlurmArray {
    SlurmArray(
      WorkerCommand(program: "/opt/carbonclip") { ["search", "it's.yaml", "--worker", $0] }, count: 4, name: name,
      folder: "\(folder.path)/\(place)", lines: lines, tools: folder.path)
  }

  @Test("the script says what is run, where, and how often")
  func script() throws {
    let folder = try StudyFolder()
    let text = try array(folder, name: "a $(b)", in: "50% of it").script(directory: "/data/my search")
    #expect(
      text == """
        #!/bin/sh
        #SBATCH --job-name=ab
        #SBATCH --array=1-4
        #SBATCH --output="\(folder.path)/50%% of it/slurm-%A-%a.log"
        #SBATCH --open-mode=append
        #SBATCH --requeue
        #SBATCH --signal=B:TERM@60
        #SBATCH --time=1:00:00
        cd '/data/my search' || exit 1
        exec '/opt/carbonclip' 'search' 'it'\\''s.yaml' '--worker' \
        'a $(b)'-"$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID-${SLURM_RESTART_COUNT:-0}"

        """)
  }

  @Test("lines and folders that would become something else in a script are refused")
  func unsafe() throws {
    let folder = try StudyFolder()
    let word = fault { try array(folder, lines: ["time=1"]).script(directory: "/") }
    #expect(word == "--slurm-line: \"time=1\" is no option of sbatch; such as --time=8:00:00")
    let two = fault { try array(folder, lines: ["--time=1\nrm -r x"]).script(directory: "/") }
    #expect(two?.hasPrefix("--slurm-line: ") == true && two?.contains("\n") == false)
    #expect(fault { try array(folder, in: "a\nrm -r x").script(directory: "/") }?.contains("line break") == true)
    #expect(fault { try array(folder, in: "a\"b").script(directory: "/") }?.contains("quote") == true)
    #expect(fault { try array(folder).script(directory: "/a\nb") }?.contains("line break") == true)
  }

  @Test("workers are submitted, counted and cancelled")
  func life() throws {
    let folder = try StudyFolder(), here = folder.path
    _ = try folder.program("sbatch", "echo \"$@\" > '\(here)/asked'; echo '41;cluster'")
    _ = try folder.program("squeue", "echo \"$@\" >> '\(here)/queue'; printf '41_1\\n41_2\\n41_3\\n'")
    _ = try folder.program("scancel", "echo \"$@\" >> '\(here)/cancelled'")
    let array = array(folder)
    let before = try array.poll()
    #expect(before == 0)
    try array.start()
    let asked = try TextFile.lines(of: "\(here)/asked")
    #expect(asked == ["--parsable \(here)/workers/slurm.sh"])
    let count = try array.poll(), again = try array.poll()
    #expect(count == 3 && again == 3)
    let queue = try TextFile.lines(of: "\(here)/queue")
    #expect(queue == ["--noheader --array --format=%i --jobs=41"])
    _ = try folder.program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    array.stop()
    let cancelled = try TextFile.lines(of: "\(here)/cancelled")
    #expect(cancelled == ["--state=PENDING 41", "--signal=TERM --full 41"])
    let after = try array.poll()
    #expect(after == 0)
  }

  @Test("a controller that does not answer for a moment has not ended the job")
  func silence() throws {
    let folder = try StudyFolder()
    _ = try folder.program("sbatch", "echo 41")
    _ = try folder.program("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    let array = array(folder)
    try array.start()
    let count = try array.poll()
    #expect(count == 4)
  }

  @Test("a refused job and a missing Slurm are said in one line")
  func refused() throws {
    let folder = try StudyFolder()
    let missing = fault { try array(folder).start() }
    #expect(missing?.hasPrefix("\(folder.path)/sbatch: cannot be started: No such file or directory; is Slurm") == true)
    _ = try folder.program("sbatch", "echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1")
    let partition = fault { try array(folder).start() }
    #expect(
      partition
        == "\(folder.path)/sbatch failed: sbatch: error: invalid partition specified: gpu; "
        + "is Slurm installed, and is its controller up? try sinfo")
    _ = try folder.program("sbatch", "echo hello")
    let odd = fault { try array(folder).start() }
    #expect(odd == "sbatch answered \"hello�\", not a job's number")
  }
}
