internal import CLIPSystem

/// What other tools have downloaded: the folder in which `huggingface_hub` keeps repositories, which open_clip, transformers
/// and `hf download` share.
package enum HubCache {
  /// The folder of a repository's files, `models--OWNER--NAME/snapshots/COMMIT`; nil where none of it is there.
  ///
  /// The commit is the one that `refs/main` names, or the only one that is there.
  /// - Parameters:
  ///   - repository: `OWNER/NAME`
  ///   - revision: a branch, a tag or a commit
  ///   - root: the cache's folder
  package static func folder(of repository: String, revision: String? = nil, in root: String? = root) -> String? {
    guard let root else { return nil }
    let home = "\(root)/models--\(repository.replacing("/", with: "--"))"
    func snapshot(_ commit: String) -> String? {
      let folder = "\(home)/snapshots/\(commit)"
      return !commit.isEmpty && !commit.contains("/") && commit != ".." && Folder.exists(folder) ? folder : nil
    }
    let reference = revision ?? "main"
    if !reference.split(separator: "/").contains(".."),
      let text = try? TextFile.text(of: "\(home)/refs/\(reference)", limit: 4096)
    {
      return snapshot(String(text.filter { !$0.isWhitespace }))
    }
    if let revision { return snapshot(revision) }
    guard let commits = try? Folder.names(in: "\(home)/snapshots"), commits.count == 1 else { return nil }
    return snapshot(commits[0])
  }

  /// Where the cache lies, as `huggingface_hub` decides it; nil without a home.
  package static var root: String? { root { name in getenv(name).map { String(cString: $0) } } }

  /// - Parameter variable: the value of an environment variable
  package static func root(_ variable: (String) -> String?) -> String? {
    func path(_ name: String) -> String? {
      guard let text = variable(name), !text.isEmpty else { return nil }
      guard text.hasPrefix("~/"), let home = variable("HOME") else { return text }
      return home + text.dropFirst(1)
    }
    if let own = path("HF_HUB_CACHE") ?? path("HUGGINGFACE_HUB_CACHE") { return own }
    if let home = path("HF_HOME") { return "\(home)/hub" }
    if let cache = path("XDG_CACHE_HOME") { return "\(cache)/huggingface/hub" }
    return path("HOME").map { "\($0)/.cache/huggingface/hub" }
  }
}
