internal import CLIPSystem

/// The system's last error as a word for people, such as "No space left on device".
package func lastSystemError() -> String { String(cString: strerror(errno)) }

/// What to do about the system's last error, where that is known.
package func lastSystemAdvice() -> String? {
  switch errno {
  case ENOENT: "check the path"
  case EACCES, EPERM, EROFS: "check the permissions, or choose another place"
  case ENOSPC, EDQUOT: "free some space, or choose another place; nothing was overwritten"
  case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
  default: nil
  }
}

extension InputError {
  /// Whether it is the disk's fault: full, over its quota or not to be written. What was being done can be done again.
  package var isOfDisk: Bool {
    [ENOSPC, EDQUOT, EROFS].contains { problem.hasSuffix(String(cString: strerror($0))) }
  }
}
