/// open_clip's `CustomTextCLIP`, whose text tower stands under `text.`.
enum CustomTextKeys {
  static func toOpenCLIP(_ entries: [StateDictionary.Entry]) -> [StateDictionary.Entry] {
    OpenCLIPKeyMap.toOpenCLIP(
      entries.map { $0.name.hasPrefix("text.") ? $0.renamed(String($0.name.dropFirst("text.".count))) : $0 })
  }
}

extension StateDictionary.Entry {
  func renamed(_ name: String) -> Self {
    Self(name: name, shape: shape, elementType: elementType, load: load)
  }

  /// A matrix under another name, its rows as columns; anything else as it is.
  func transposed(_ name: String) -> Self {
    guard shape.rank == 2 else { return renamed(name) }
    return Self(name: name, shape: [shape[1], shape[0]], elementType: elementType) { try load().transposed }
  }
}
