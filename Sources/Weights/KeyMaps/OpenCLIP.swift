/// open_clip's `CLIP`, whose names are this package's own.
enum OpenCLIPKeyMap {
  /// Buffers that old versions stored: they follow from the configuration.
  static let buffers: Set<String> = ["attn_mask"]

  static func toOpenCLIP(_ entries: [StateDictionary.Entry]) -> [StateDictionary.Entry] {
    entries.filter { !buffers.contains($0.name) }
  }
}
