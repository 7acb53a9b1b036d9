internal import CLIPFiles

extension DesignSpace {
  /// The space of a name: `data/accelerators/NAME.space.yaml`, or the file of that path.
  /// - Throws: `InputError` with the nearest name.
  public static func named(_ name: String, memories: MemoryCatalog? = nil) throws -> DesignSpace {
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") {
      return try DesignSpace(file: name, memories: memories)
    }
    let names = try self.names()
    guard names.contains(name) else {
      throw InputError("unknown design space \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return try DesignSpace(file: DataFolder.path("accelerators/\(name)\(suffix)"), memories: memories)
  }

  /// The names that ``named(_:)`` knows.
  /// - Throws: `InputError` when a folder that `$CARBONCLIP_DATA` names cannot be read.
  public static func names() throws -> [String] {
    try DataFolder.names(in: "accelerators").filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }
}
