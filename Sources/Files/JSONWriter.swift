extension JSONValue {
  /// The document as text, in the members' own order.
  ///
  /// - Parameter indentation: spaces a level; nil writes one line
  public func text(indentation: Int? = nil) -> String {
    var writer = JSONWriter(indentation: indentation)
    writer.write(self, level: 0)
    return writer.text
  }
}

private struct JSONWriter {
  let indentation: Int?
  var text = ""

  init(indentation: Int?) { self.indentation = indentation }

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    // JSON has no infinities; a reader sees null rather than a broken document.
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): write(value)
    case .array(let values):
      list("[", "]", values.isEmpty, values, level) { writer, value, level in writer.write(value, level: level) }
    case .object(let object):
      list("{", "}", object.count == 0, object.pairs, level) { writer, pair, level in
        writer.write(pair.key)
        writer.text += writer.indentation == nil ? ":" : ": "
        writer.write(pair.value, level: level)
      }
    }
  }

  private mutating func list<Element>(
    _ open: String, _ close: String, _ isEmpty: Bool, _ elements: [Element], _ level: Int,
    _ element: (inout JSONWriter, Element, Int) -> Void
  ) {
    text += open
    for (index, value) in elements.enumerated() {
      if index > 0 { text += "," }
      newLine(level + 1)
      element(&self, value, level + 1)
    }
    if !isEmpty { newLine(level) }
    text += close
  }

  private mutating func newLine(_ level: Int) {
    guard let indentation else { return }
    text += "\n" + String(repeating: " ", count: indentation * level)
  }

  private mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // Also what is allowed raw but would steer a terminal: a reader finds the same text.
      case _ where scalar.isUnprintable:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
