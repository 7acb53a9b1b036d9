import CLIPFiles
import CLIPTestSupport
import Testing

/// The folder layout and the variables are those of huggingface_hub 1.x: `constants.py`, `file_download.py`.
@Suite("The Hugging Face cache")
struct HubCacheTests {
  private func cache() throws -> ScratchFolder {
    let scratch = try ScratchFolder(), home = "\(scratch.path)/models--openai--clip-vit-base-patch32"
    for commit in ["3d74acf", "old"] { try Folder.make("\(home)/snapshots/\(commit)") }
    try Folder.make("\(home)/refs/pr")
    _ = try scratch.write("3d74acf\n".utf8, to: "models--openai--clip-vit-base-patch32/refs/main")
    _ = try scratch.write("old".utf8, to: "models--openai--clip-vit-base-patch32/refs/v1")
    try Folder.make("\(scratch.path)/models--a--one/snapshots/only")
    try Folder.make("\(scratch.path)/models--a--two/snapshots/x")
    try Folder.make("\(scratch.path)/models--a--two/snapshots/y")
    return scratch
  }

  @Test("a repository is the commit that its branch names, or the only one")
  func snapshots() throws {
    let scratch = try cache(), root = scratch.path
    let home = "\(root)/models--openai--clip-vit-base-patch32/snapshots"
    #expect(HubCache.folder(of: "openai/clip-vit-base-patch32", in: root) == "\(home)/3d74acf")
    #expect(HubCache.folder(of: "openai/clip-vit-base-patch32", revision: "v1", in: root) == "\(home)/old")
    #expect(HubCache.folder(of: "openai/clip-vit-base-patch32", revision: "old", in: root) == "\(home)/old")
    #expect(HubCache.folder(of: "openai/clip-vit-base-patch32", revision: "../../..", in: root) == nil)
    #expect(HubCache.folder(of: "openai/clip-vit-base-patch32", revision: "none", in: root) == nil)
    #expect(HubCache.folder(of: "a/one", in: root) == "\(root)/models--a--one/snapshots/only")
    #expect(HubCache.folder(of: "a/two", in: root) == nil)
    #expect(HubCache.folder(of: "a/none", in: root) == nil && HubCache.folder(of: "a/one", in: nil) == nil)
  }

  @Test("its place is where huggingface_hub has it")
  func places() {
    func root(_ variables: [String: String]) -> String? { HubCache.root { variables[$0] } }
    #expect(root(["HOME": "/h"]) == "/h/.cache/huggingface/hub")
    #expect(root(["HOME": "/h", "XDG_CACHE_HOME": "/x"]) == "/x/huggingface/hub")
    #expect(root(["HOME": "/h", "XDG_CACHE_HOME": "/x", "HF_HOME": "~/hf"]) == "/h/hf/hub")
    #expect(root(["HF_HOME": "/f", "HUGGINGFACE_HUB_CACHE": "/old"]) == "/old")
    #expect(root(["HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old"]) == "/new")
    #expect(root(["HF_HUB_CACHE": "", "HOME": "/h"]) == "/h/.cache/huggingface/hub")
    #expect(root([:]) == nil)
  }
}
