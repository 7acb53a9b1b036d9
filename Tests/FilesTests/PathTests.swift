import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing

@Suite struct PathTests {
  @Test(
    "a path is split into folder and name",
    arguments: [
      ("a/b/c.tar", "a/b", "c.tar"), ("c.tar", ".", "c.tar"), ("/c.tar", "/", "c.tar"),
      ("a/b/", "a/b", "b"),
    ])
  func split(path: String, parent: String, name: String) {
    #expect(Folder.parent(of: path) == parent)
    #expect(Folder.name(of: path) == name)
  }

  @Test("names in a folder come in order of their bytes")
  func names() throws {
    let folder = try ScratchFolder()
    for name in ["b", "a", "É", "B", "10", "9"] { _ = try folder.write([], to: name) }
    #expect(try Folder.names(in: folder.path) == ["10", "9", "B", "a", "b", "É"])
  }

  @Test("an empty file maps to no bytes; a folder is no file")
  func mapping() throws {
    let folder = try ScratchFolder()
    #expect(try MemoryMap(path: folder.write([], to: "empty")).bytes.isEmpty)
    #expect { try MemoryMap(path: folder.path) } throws: {
      "\($0)" == "\(folder.path): is not a regular file; name a file"
    }
  }

  @Test("a named pipe is refused at once instead of waiting for a writer")
  func pipe() throws {
    let folder = try ScratchFolder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    #expect(throws: InputError.self) { try MemoryMap(path: "\(folder.path)/pipe") }
  }

  @Test("lines end in LF or CRLF; text that is not UTF-8 is refused")
  func lines() throws {
    let folder = try ScratchFolder()
    #expect(try TextFile.lines(of: folder.write("a\r\nb\n\nc".utf8, to: "lines")) == ["a", "b", "", "c"])
    #expect(
      try TextFile.lines(of: folder.write([0xEF, 0xBB, 0xBF] + Array("a\n".utf8), to: "mark")) == ["a"])
    let latin = try folder.write([0x63, 0x61, 0x66, 0xE9], to: "latin")
    #expect { try TextFile.lines(of: latin) } throws: {
      "\($0)" == "\(latin): is not UTF-8 text; convert it with iconv -t UTF-8"
    }
  }

  @Test("an error is one line, whatever a file's text held")
  func oneLine() {
    let error = InputError("bad\nvalue\u{1B}[31m", file: "a.json", at: "key", advice: "mend it")
    #expect(error.description == "a.json: key: bad\u{FFFD}value\u{FFFD}[31m; mend it")
  }

  @Test("a near word is suggested, and otherwise the list of words")
  func suggestions() {
    #expect(
      Suggestion.advice(for: "webdatset", among: ["csv", "webdataset"]) == "did you mean \"webdataset\"?")
    #expect(Suggestion.advice(for: "parquet", among: ["csv", "webdataset"]) == "one of: csv, webdataset")
  }
}
