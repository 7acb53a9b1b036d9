/// How much of a product is counted: the system boundary of a result.
///
/// Each holds the ones before it. What each leaves out stands in `docs/carbon.md`.
public enum Boundary: String, CaseIterable, Sendable {
  /// The chip's die and its DRAM's, bare, and the electricity of both.
  case die
  /// These in their packages.
  case packaged
  /// The whole device that they work in.
  case device

  /// A few words for the head of a table.
  public var summary: String {
    switch self {
    case .die: "bare dies"
    case .packaged: "packaged chips"
    case .device: "whole device"
    }
  }
}
