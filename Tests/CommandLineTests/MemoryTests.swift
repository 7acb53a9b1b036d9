import CLIPCompute
import Testing

/// What happens where the system refuses memory: one line and status 1, whatever asked for it; never a signal, never a
/// program that asks for ever.
@Suite("Memory", .serialized)
struct MemoryTests {
  /// Kilobytes of address space: from too few to start up to enough.
  static let limits = [200_000, 300_000, 350_000, 400_000, 450_000, 500_000]

  /// Runs a command under a limit. Two threads, whatever the machine has: each has a buffer for matrix products.
  private func run(_ kilobytes: Int, _ arguments: String, _ settings: String = "") throws -> Program.Outcome {
    try Program.shell(
      "export OPENBLAS_NUM_THREADS=2; \(settings) ulimit -v \(kilobytes); exec \"$0\" \(arguments)")
  }

  private func refusals(_ outcome: Program.Outcome) -> [String] {
    outcome.errorLines.filter { $0.hasPrefix("error: ") }
  }

  @Test("a command under a small limit on address space ends well, or with one line and status 1", arguments: limits)
  func limited(kilobytes: Int) throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model"
    try Checkpoint.write(to: model)
    let commands = [
      "evaluate --threads 2 --pretrained \(model) --data 'scenes:test?count=8&size=32'",
      "embed --threads 2 --pretrained \(model) --data 'scenes:test?count=8&size=32' --output \(folder.path)/a.safetensors",
      "prune --threads 2 --pretrained \(model) --target-macs 60% --calibration-data 'scenes:train?count=20&size=32' "
        + "--calibration-samples 16 --output \(folder.path)/pruned",
      "train --threads 2 --model ViT-B-32 --train-data 'scenes:train?count=16' --batch-size 16 --train-num-samples 16 "
        + "--logs \(folder.path) --name large",
    ]
    for command in commands {
      let outcome = try run(kilobytes, command)
      #expect(
        outcome.status == 0 || outcome.status == 1, "\(kilobytes) KB, \(command): \(outcome.status) \(outcome.errors)")
      #expect(refusals(outcome).count == Int(outcome.status), "\(kilobytes) KB, \(command): \(outcome.errors)")
    }
  }

  @Test(
    "too little address space to start with is said before OpenBLAS asks for ever",
    .enabled(if: ThreadPool.availableProcessors > 1, "OpenBLAS starts no threads on one processor"))
  func start() throws {
    for kilobytes in [170_000, 200_000, 230_000] {
      let outcome = try run(kilobytes, "models")
      #expect(outcome.status == 1, "\(kilobytes): \(outcome.errors)")
      #expect(
        refusals(outcome) == [
          "error: out of memory: the address space allowed is too small to start; allow 136 MB more for each processor "
            + "(ulimit -v), or set OPENBLAS_NUM_THREADS=1"
        ])
    }
    // The advice helps.
    #expect(try run(230_000, "models", "export OPENBLAS_NUM_THREADS=1;").status == 0)
  }

  @Test("a training run that cannot fit is refused before it starts, with the limit that binds")
  func estimate() throws {
    let folder = try TemporaryFolder()
    let outcome = try run(
      600_000,
      "train --threads 2 --model ViT-B-32 --train-data 'scenes:train?count=16' --batch-size 16 --train-num-samples 16 "
        + "--logs \(folder.path) --name large")
    #expect(outcome.status == 1)
    let line = refusals(outcome).first ?? ""
    #expect(line.contains("a batch of 16 needs about"), "\(outcome.errors)")
    #expect(line.contains("are left of the limit on address space (ulimit -v)"), "\(outcome.errors)")
  }

  @Test("a batch of pictures that no machine holds is refused before it is read")
  func batch() throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model"
    try Checkpoint.write(to: model)
    let outcome = try run(
      800_000,
      "evaluate --threads 2 --pretrained \(model) --data 'scenes:test?count=65536&size=32' --batch-size 65536")
    #expect(outcome.status == 1)
    #expect(refusals(outcome).first?.contains("a batch of 65536 pictures needs about") == true, "\(outcome.errors)")
  }
}
