import CLIPFiles

/// A token that stands for a text of its own, whatever the merges would make of it: Hugging Face's `AddedToken`, such as
/// the name of a concept that was learned later.
public struct AddedToken: Equatable, Sendable {
  /// The text it stands for.
  public var content: String
  /// Its number.
  public var id: Int
  /// Whether it is looked for in cleaned text, its own cleaned too, rather than in the text as it was given.
  public var isNormalized = true
  /// Whether it counts only where no letter, digit or underscore stands beside it.
  public var isSingleWord = false
  /// Whether it takes in the white space before it.
  public var stripsLeft = false
  /// Whether it takes in the white space after it.
  public var stripsRight = false
  /// Whether it stands for no text, as start and end do; it changes nothing here.
  public var isSpecial = false

  init(content: String, id: Int) {
    self.content = content
    self.id = id
  }

  /// An entry of `added_tokens` in a `tokenizer.json`, or of `added_tokens_decoder` in a `tokenizer_config.json`.
  /// - Parameter id: where the entry does not hold it
  /// - Throws: ``InputError`` when a key is missing or of the wrong kind.
  init(_ document: JSONValue, id given: Int? = nil, at place: String) throws {
    guard let content = document["content"]?.stringValue, let id = given ?? document["id"]?.intValue else {
      throw InputError("expected \"content\" and \"id\"", at: place)
    }
    self.init(content: content, id: id)
    func flag(_ key: String, _ standard: Bool) throws -> Bool {
      guard let value = document[key], value != .null else { return standard }
      guard let flag = value.boolValue else { throw InputError("expected true or false", at: "\(place).\(key)") }
      return flag
    }
    isSpecial = try flag("special", false)
    isNormalized = try flag("normalized", !isSpecial)
    isSingleWord = try flag("single_word", false)
    stripsLeft = try flag("lstrip", false)
    stripsRight = try flag("rstrip", false)
  }

  /// The entry in a `tokenizer.json`.
  var json: JSONValue {
    [
      "id": .integer(id), "content": .string(content), "single_word": .bool(isSingleWord),
      "lstrip": .bool(stripsLeft), "rstrip": .bool(stripsRight), "normalized": .bool(isNormalized),
      "special": .bool(isSpecial),
    ]
  }
}
