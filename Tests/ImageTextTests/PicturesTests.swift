import CLIPFiles
import CLIPImageText
import Foundation
import Testing

@Suite("Pictures without captions")
struct PicturesTests {
  private let folder: FormatFixtures.Scratch

  init() throws {
    folder = try FormatFixtures.Scratch()
    for (number, name) in ["2019/sea/b.jpg", "2019/a.PNG", "c.webp", ".trash/d.jpg", "@eaDir/e.jpg"].enumerated() {
      try folder.write(FormatFixtures.image(number), to: "photos/\(name)")
    }
    try folder.write("words", to: "photos/notes.txt")
    try folder.write("film", to: "photos/2019/sea/old.heic")
  }

  private func keys(_ paths: [String]) throws -> [String] {
    try FormatFixtures.read(Pictures.open(paths)).samples.map { $0.key.replacing("\(folder.path)/", with: "") }
  }

  @Test("folders are looked through to any depth, in order; hidden ones and what systems leave are not")
  func folders() throws {
    let expected = ["photos/2019/a.PNG", "photos/2019/sea/b.jpg", "photos/c.webp"]
    #expect(try keys(["\(folder.path)/photos"]) == expected)
    #expect(try keys(["\(folder.path)/photos/"]) == expected)
    let (samples, skipped) = try FormatFixtures.read(Pictures.open(["\(folder.path)/photos"]))
    #expect(samples.allSatisfy { $0.captions.isEmpty && $0.label == nil })
    #expect(skipped.listed.map(\.reason) == ["not a jpg, png or webp file"])
  }

  @Test("links that lead in circles end")
  func circles() throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/photos/2019/all", withDestinationPath: "\(folder.path)/photos")
    #expect(try keys(["\(folder.path)/photos"]).count == 3)
  }

  @Test("lists name files from where one is, or from beside the list; several paths follow each other")
  func lists() throws {
    try folder.write("photos/c.webp\r\n\n\(folder.path)/photos/2019/a.PNG\nphotos/gone.jpg\n", to: "list.txt")
    try folder.write(#"["photos/2019/sea/b.jpg"]"#, to: "list.json")
    #expect(
      try keys(["\(folder.path)/list.txt", "\(folder.path)/list.json", "\(folder.path)/photos/c.webp"]) == [
        "photos/c.webp", "photos/2019/a.PNG", "photos/2019/sea/b.jpg", "photos/c.webp",
      ])
    let (_, skipped) = try FormatFixtures.read(Pictures.open(["\(folder.path)/list.txt"]))
    #expect(skipped.listed.map(\.origin) == ["photos/gone.jpg"])
  }

  @Test("what leads nowhere, holds no picture or is no list is one line")
  func refused() throws {
    try folder.write("words", to: "empty/notes.md")
    try folder.write(#"{"a": 1}"#, to: "odd.json")
    try folder.write("\n\n", to: "none.txt")
    try folder.write("nowhere.jpg\n", to: "gone.txt")
    func message(_ name: String) -> String {
      FormatFixtures.message { _ = try Pictures.open(["\(folder.path)/\(name)"]) }
        .replacing("\(folder.path)/", with: "")
    }
    #expect(message("missing") == "missing: no such file or folder; check the path")
    #expect(message("empty") == "empty: holds no jpg, png or webp picture, in no folder in it either; check the path")
    #expect(message("odd.json") == #"odd.json: is not a list of texts; expected ["...", "..."]"#)
    #expect(message("none.txt").hasPrefix("none.txt: names no image"))
    #expect(message("gone.txt").hasPrefix("gone.txt: its images are not there: no file nowhere.jpg"))
  }

  @Test("a folder of a known format is no folder of plain pictures")
  func areIn() throws {
    #expect(!Pictures.areIn("\(folder.path)/photos/2019"))
    try folder.write(FormatFixtures.image(), to: "plain/a.jpg")
    #expect(Pictures.areIn("\(folder.path)/plain"))
    try folder.write("words", to: "text/a.md")
    #expect(!Pictures.areIn("\(folder.path)/text") && !Pictures.areIn("\(folder.path)/missing"))
  }
}
