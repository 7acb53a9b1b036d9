import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test("a committed file holds what was written, and nothing else is left in the folder")
  func commit() throws {
    let folder = try ScratchFolder()
    var file = try AtomicFile(path: "\(folder.path)/result.json")
    try file.write("{}")
    try file.write([0x0A])
    #expect(!folder.names.contains("result.json"))
    try file.commit()
    #expect(folder.names == ["result.json"])
    #expect(try TextFile.text(of: "\(folder.path)/result.json") == "{}\n")
  }

  @Test("a file dropped before its commit leaves the old one untouched and nothing behind")
  func drop() throws {
    let folder = try ScratchFolder()
    let path = try folder.write("old".utf8, to: "result.json")
    do {
      var file = try AtomicFile(path: path)
      try file.write("new")
    }
    #expect(folder.names == ["result.json"])
    #expect(try TextFile.text(of: path) == "old")
  }

  @Test("a folder that is missing is named")
  func missingFolder() throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/none/result.json"
    #expect { _ = try AtomicFile(path: path) } throws: {
      "\($0)" == "\(path): cannot write: No such file or directory; check the path"
    }
  }

  @Test("a place that is a folder is refused, and no temporary file is left")
  func folderInTheWay() throws {
    let folder = try ScratchFolder()
    try Folder.make("\(folder.path)/taken/inside")
    #expect(throws: InputError.self) { try AtomicFile.write("text", to: "\(folder.path)/taken") }
    #expect(folder.names == ["taken"])
  }
}
