internal import CLIPSystem

/// The one fault that ends the program where it happens: memory is asked for deep inside code that cannot throw, on any
/// thread, and nothing can go on without it.
public enum OutOfMemory {
  /// Says so in one line on standard error and ends the program with status 1.
  ///
  /// Files that were saved before are whole; a file that was being written did not get its name yet.
  /// - Parameter bytes: what was refused
  public static func end(_ bytes: Int) -> Never {
    let megabytes = bytes / 1_000_000 + (bytes % 1_000_000 == 0 ? 0 : 1)
    end("cannot allocate \(megabytes) MB", "use a smaller batch or fewer threads, or allow more memory")
  }

  static func end(_ problem: String, _ advice: String) -> Never {
    var line = "error: out of memory: \(problem); \(advice)\n"
    line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    // Not exit: other threads run on, and what the library's exit handlers would tidy up is theirs.
    _exit(1)
  }
}
