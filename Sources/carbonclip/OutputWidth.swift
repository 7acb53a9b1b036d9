import CLIPFiles
import CLIPSystem

extension Output {
  /// How many characters a line of standard output has; nil where it is no terminal, so that nothing is cut.
  static let width: Int? = {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return max(Int(size.ws_col), leastWidth)
  }()

  /// Narrower terminals wrap as they like.
  private static let leastWidth = 40
}

extension Table {
  /// As the terminal has room for it; all of it where there is none.
  var shown: String { text(width: Output.width) }
}
