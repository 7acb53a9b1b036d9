import CLIPFiles
import Foundation
import Testing

@Suite("The toolkit's own files")
struct DataFolderTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("data").path

  /// The files under `data`, without those that are for readers of the folder and for the compiler, and without the
  /// photographs: ten megabytes, which are installed beside the program and not put into it.
  private static let names: [String] = {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      var isFolder: ObjCBool = false
      FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
      return !isFolder.boolValue && !name.hasPrefix("photographs/") && !name.hasSuffix(".md") && !name.hasSuffix(".c")
        && !name.hasSuffix(".h")
    }.sorted()
  }()

  @Test("every file of the folder is in the program, byte for byte", arguments: names)
  func carried(_ name: String) throws {
    let path = try DataFolder.path(name)
    #expect(try TextFile.bytes(of: path) == TextFile.bytes(of: "\(Self.folder)/\(name)"))
    #expect(Folder.containsFile(path))
  }

  @Test("names are listed as in the folder, and nothing else is")
  func listed() throws {
    #expect(Self.names.count > 30)
    for folder in Set(Self.names.map { Folder.parent(of: $0) }) {
      let expected = Self.names.filter { $0.hasPrefix("\(folder)/") }.map { String($0.dropFirst(folder.count + 1)) }
      #expect(try DataFolder.names(in: folder) == expected.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
  }

  @Test("a folder that is carried is a folder: a vocabulary is read by its name")
  func folders() throws {
    let folder = Folder.parent(of: try DataFolder.path("vocabularies/scenes/vocab.json"))
    #expect(Folder.exists(folder) && !Folder.exists("carbonclip:data/none") && !Folder.exists("carbonclip:data"))
    #expect(try Folder.names(in: folder).contains("merges.txt"))
  }

  @Test("what is not there is refused in one line, and only the folder's own names are opened")
  func missing() {
    #expect(throws: InputError.self) { try DataFolder.path("carbon/none.csv") }
    for name in ["carbonclip:data/none", "carbonclip:data/", "carbonclip:data/../data/carbon/grids.csv"] {
      #expect(!Folder.containsFile(name))
      #expect(throws: InputError.self) { try MemoryMap(path: name) }
    }
  }
}
