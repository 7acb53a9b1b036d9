extension DelimitedText {
  /// A text that no spreadsheet takes for a formula: where it begins with `=`, `+`, `-`, `@`, a tab or a carriage return
  /// it gets an apostrophe in front, which spreadsheets read as "this is text". For cells that hold names and reasons in
  /// tables that people open; numbers and data that programs read stay as they are.
  ///
  /// Source: OWASP, "CSV Injection".
  public static func spreadsheetText(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else { return text }
    return "'" + text
  }
}
