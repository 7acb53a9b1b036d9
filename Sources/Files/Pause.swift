internal import CLIPSystem

/// Waiting for what other processes do.
package enum Pause {
  /// Waits; a signal may end it early.
  package static func milliseconds(_ count: UInt32) { usleep(count * 1000) }
}
