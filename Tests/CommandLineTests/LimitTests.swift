import Testing

/// Surroundings that are poorer than usual: the program works in them, or says in one line why not.
@Suite("Limits")
struct LimitTests {
  private func run(_ script: String) throws -> (outcome: Program.Outcome, folder: TemporaryFolder) {
    let folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
    let command = "embed --threads 2 --pretrained \(folder.path)/model --data 'scenes:test?count=8&size=32' "
    let outcome = try Program.shell(
      script.replacing("COMMAND", with: "\"$0\" \(command) --output \(folder.path)/out.safetensors"))
    return (outcome, folder)
  }

  @Test(
    "few descriptors, small stacks, no HOME, no TMPDIR, foreign places and times, closed streams",
    arguments: [
      "ulimit -n 16; COMMAND", "ulimit -s 256; COMMAND", "env -i CARBONCLIP_DATA=\"$CARBONCLIP_DATA\" COMMAND",
      "HOME=/nonexistent TMPDIR=/nonexistent COMMAND", "LC_ALL=de_DE.UTF-8 TZ=Pacific/Apia COMMAND",
      "TZ=:/etc/passwd LC_ALL=xx COMMAND", "COMMAND <&-", "COMMAND 2>&-", "COMMAND <&- 2>&-",
    ])
  func poor(script: String) throws {
    let (outcome, folder) = try run(script)
    #expect(outcome.status == 0, "\(script): \(outcome.errors)")
    #expect(try Program.shell("test -s \(folder.path)/out.safetensors").status == 0)
  }

  @Test("a file that may grow no further is one line, and leaves nothing behind")
  func fileSize() throws {
    let (outcome, folder) = try run("ulimit -f 1; COMMAND")
    #expect(outcome.status == 1, "\(outcome.errors)")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("cannot write"), "\(outcome.errors)")
    #expect(try Program.shell("ls -A \(folder.path)").output == "model\n")
  }
}
