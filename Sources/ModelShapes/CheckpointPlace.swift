import CLIPFiles

/// Where a checkpoint lies that a user names otherwise than by its path.
package enum CheckpointPlace {
  /// What was found, and how to say so; nil where `name` is a path that leads somewhere, or where nothing was found.
  ///
  /// Tried are what comes along with the program (`checkpoints/base`, or `base` alone) and ``HubCache``
  /// (`openai/clip-vit-base-patch32`, `hf-hub:...`, and open_clip's tags where `shape` says whose).
  package static func find(_ name: String, shape: CLIPConfiguration? = nil) -> (path: String, note: String)? {
    guard !name.isEmpty, !Folder.isThere(name) else { return nil }
    if let path = ShareFolder.find(name) ?? (name.contains("/") ? nil : ShareFolder.find("checkpoints/\(name)")) {
      return (path, "\(name): taken from \(path)")
    }
    guard let repository = HubName.repository(of: name, shape: shape) else { return nil }
    let revision = name.hasPrefix("hf-hub:") ? name.split(separator: "@", maxSplits: 1).dropFirst().first : nil
    guard let path = HubCache.folder(of: repository, revision: revision.map(String.init)) else { return nil }
    return (path, "\(name): taken from the Hugging Face cache, \(path)")
  }
}
