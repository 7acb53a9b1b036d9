/// OpenAI's state dictionaries: open_clip's names, and the model's sizes as if they were parameters.
enum OpenAIKeys {
  static let extras: Set<String> = ["input_resolution", "context_length", "vocab_size"]

  static func toOpenCLIP(_ entries: [StateDictionary.Entry]) -> [StateDictionary.Entry] {
    OpenCLIPKeyMap.toOpenCLIP(entries.filter { !extras.contains($0.name) })
  }
}
