/// What must not happen.
enum Fault: Error, CustomStringConvertible {
  /// Something else than an `InputError` was thrown, or a program ended as none should.
  case other(String)
  /// A message of several lines, or longer than a screen.
  case message(String)
  /// More memory than a case may take.
  case memory(Int)
  /// A seed is refused: the reader would be tried with rubbish alone.
  case seed(String)

  var description: String {
    switch self {
    case .other(let text): text
    case .message(let text): "message of \(text.count) characters: \(text.prefix(200))"
    case .memory(let bytes): "took \(bytes >> 20) MB"
    case .seed(let text): "a seed is refused: \(text)"
    }
  }
}
