import CLIPFiles
import CLIPTestSupport
import Foundation
import Testing

/// Where the files that a recipe names are looked for.
@Suite("Places of a recipe's files")
struct FilePlacesTests {
  /// A project with recipes, a share folder beside it, and where they really lie.
  private final class Project {
    let scratch: ScratchFolder
    let root: String

    init() throws {
      scratch = try ScratchFolder()
      let made = "\(scratch.path)/outer/project"
      for folder in ["recipes/deep/deeper", "nets/base", ".git", "logs/run"] {
        try Folder.make("\(made)/\(folder)")
      }
      try Folder.make("\(scratch.path)/outer/nets/outside")
      try Folder.make("\(scratch.path)/share/nets/shipped")
      root = try #require(Folder.real(made))
    }

    var share: String { Folder.parent(of: Folder.parent(of: root)) + "/share" }
    func places(_ file: String) -> FilePlaces { FilePlaces(besideFile: "\(root)/\(file)", share: share) }
  }

  @Test(
    "the folders above a recipe are tried, up to the project's own",
    arguments: [
      "recipes/a.yaml", "recipes/deep/a.yaml", "recipes/deep/deeper/a.yaml", "logs/run/recipe.yaml", "a.yaml",
    ])
  func above(file: String) throws {
    let project = try Project(), places = project.places(file)
    #expect(places.find("nets/base") == "\(project.root)/nets/base")
    #expect(places.find("nets/outside") == "nets/outside", "beyond the project")
    #expect(places.find("nets/shipped") == "\(project.share)/nets/shipped")
    #expect(places.folders.last == project.share && places.folders.dropLast().last == project.root)
  }

  @Test("without a project three folders above are tried, never one that everybody may write to, nor the root")
  func bounds() throws {
    let project = try Project()
    try Folder.remove("\(project.root)/.git")
    #expect(project.places("recipes/deep/deeper/a.yaml").folders.count == 5)
    let outer = Folder.parent(of: project.root)
    #expect(project.places("recipes/a.yaml").find("nets/outside") == "\(outer)/nets/outside")
    #expect(chmod(outer, 0o777) == 0)
    #expect(project.places("recipes/a.yaml").find("nets/outside") == "nets/outside")
    #expect(!FilePlaces(besideFile: "/etc/hosts", share: nil).folders.contains("/"))
  }

  @Test(
    "what is no relative path stays",
    arguments: [
      "scenes:train?count=20", "/no/such", "hf-hub:a/b", "https://example.org/x", "~/x", "", "carbonclip:data/x",
      "nothing",
    ])
  func others(text: String) throws { #expect(try Project().places("recipes/a.yaml").find(text) == text) }

  @Test("joined names and patterns are found by the first one's fixed part")
  func patterns() throws {
    let project = try Project(), places = project.places("recipes/a.yaml")
    try Folder.make("\(project.root)/shards")
    #expect(places.find("shards/{00..12}.tar") == "\(project.root)/shards/{00..12}.tar")
    #expect(
      places.find("shards/{00..12}.tar::nets/b.tar::/c.tar")
        == "\(project.root)/shards/{00..12}.tar::\(project.root)/nets/b.tar::/c.tar")
    #expect(places.find("none/{00..12}.tar") == "none/{00..12}.tar")
  }

  @Test("the folder that one is in goes first, and what the program carries last")
  func order() throws {
    let project = try Project()
    // The tests' own folder has Package.swift, or whatever it is called by who runs them.
    let here = try #require(try Folder.names(in: ".").first)
    try Folder.make("\(project.root)/\(here)")
    #expect(project.places("recipes/a.yaml").find(here) == here)
    let places = FilePlaces(besideFile: "/nowhere/a.yaml", share: nil)
    if !Folder.exists("data/vocabularies/scenes") {
      #expect(Folder.exists(places.find("data/vocabularies/scenes")))
    }
    #expect(places.find("data/none") == "data/none")
  }

  @Test("an error about a file that is not there names what was tried, once")
  func telling() throws {
    let project = try Project(), places = project.places("recipes/a.yaml")
    let tried = "it is neither here nor in \(places.folders.joined(separator: ", "))"
    let missing = InputError("no such file or folder", file: "nets/bse", advice: "check the path")
    #expect(
      message { try places.telling { try places.telling { throw missing } } }
        == "nets/bse: no such file or folder; \(tried)")
    let other = InputError("is damaged", file: project.root, advice: "check the path")
    #expect(message { try places.telling { throw other } } == "\(other)")
    let advised = InputError("no such file or folder", file: "openai/x", advice: "fetch it")
    #expect(message { try places.telling { throw advised } }.hasSuffix("; \(tried); fetch it"))
  }

  @Test("what is written down is a path that leads there from where it is written")
  func recorded() throws {
    let here = try #require(Folder.real(".")), name = try #require(try Folder.names(in: ".").first)
    let scratch = try ScratchFolder()
    for folder in [".", "not-made", "not/made/yet"] { #expect(FilePlaces.recorded(name, in: folder) == name) }
    #expect(FilePlaces.recorded(name, in: "four/folders/deep/down") == "\(here)/\(name)")
    #expect(FilePlaces.recorded(name, in: scratch.path) == "\(here)/\(name)")
    #expect(FilePlaces.recorded("scenes:test", in: scratch.path) == "scenes:test")
    #expect(FilePlaces.recorded("not/there", in: scratch.path) == "not/there")
    #expect(FilePlaces.recorded("/etc", in: scratch.path) == "/etc")
  }

  @Test("one file may be called by two paths")
  func agreement() {
    #expect(FilePlaces.agree("nets/base", "/home/a/nets/base"))
    #expect(FilePlaces.agree("/home/a/nets/base", "nets/base"))
    #expect(FilePlaces.agree("x", "x") && !FilePlaces.agree("x", "y") && !FilePlaces.agree("ase", "/a/base"))
    #expect(!FilePlaces.agree("a/base", "b/a/base"))
  }
}
