import CLIPFiles
import CLIPSystem

/// The folder of one training run, laid out as open_clip's: `LOGS/NAME/` with `params.yaml`, `log.jsonl`, `checkpoints/`
/// and `tensorboard/`.
///
/// While this lives no other process can open the same folder: the lock is the kernel's and ends with the process,
/// however it ends.
public final class RunFolder: Sendable {
  /// The folder itself, `LOGS/NAME`.
  public let path: String
  private let lock: Int32

  /// Where checkpoints and resume points lie.
  public var checkpoints: String { "\(path)/checkpoints" }
  /// The model as it was after so many epochs.
  public func checkpoint(afterEpoch epoch: Int) -> String { "\(checkpoints)/epoch_\(epoch)" }
  /// The file of ``RunLog``.
  public var log: String { "\(path)/log.jsonl" }
  /// The run's settings as they were resolved.
  public var parameters: String { "\(path)/params.yaml" }

  /// Makes the folder where it is missing and takes its lock.
  /// - Throws: ``InputError`` when it cannot be made or written, or another process is using it.
  public init(_ path: String, names: SettingNames = .keys) throws {
    self.path = path
    try Folder.make("\(path)/checkpoints")
    let file = "\(path)/lock"
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw InputError("cannot write: \(lastSystemError())", file: file, advice: lastSystemAdvice())
    }
    // From here on `deinit` closes it, also when this initializer throws.
    lock = descriptor
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else {
        throw InputError(
          "cannot be locked: \(lastSystemError())", file: file,
          advice: "keep runs on a file system that has locks (flock)")
      }
      let owner = (try? TextFile.text(of: file, limit: 64))?.split(separator: "\n").first ?? ""
      throw InputError(
        "another process\(owner.isEmpty ? "" : " (\(owner))") is using this run", file: path,
        advice: names == .flags ? "wait for it, or give this run another --name" : "wait for it, or take another folder"
      )
    }
    let note = Array("process \(getpid())\n".utf8)
    ftruncate(lock, 0)
    _ = note.withUnsafeBytes { pwrite(lock, $0.baseAddress, $0.count, 0) }
    removeLeftovers()
  }

  deinit { close(lock) }

  /// Whether the folder holds a run already.
  public var holdsRun: Bool { Folder.containsFile(log) || !ResumePoint.files(in: checkpoints).isEmpty }

  /// Removes temporary files of a process that was killed while it wrote; the lock says that no other writes here.
  private func removeLeftovers() {
    Leftovers.sweep(path, depth: 2)
  }
}
