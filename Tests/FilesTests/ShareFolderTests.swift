import CLIPFiles
import CLIPTestSupport
import Testing

@Suite("What comes along with the program")
struct ShareFolderTests {
  @Test("it is found beside a program in bin, and in the checkout of one in .build")
  func found() throws {
    let scratch = try ScratchFolder(), root = scratch.path
    for folder in ["prefix/share/carbonclip", "checkout", "half"] { try Folder.make("\(root)/\(folder)/recipes") }
    #expect(ShareFolder.find(besideProgram: "\(root)/prefix/bin/carbonclip") == nil)
    for folder in ["prefix/share/carbonclip", "checkout"] { try Folder.make("\(root)/\(folder)/checkpoints") }
    #expect(ShareFolder.find(besideProgram: "\(root)/prefix/bin/carbonclip") == "\(root)/prefix/share/carbonclip")
    #expect(ShareFolder.find(besideProgram: "\(root)/checkout/.build/x86_64/release/carbonclip") == "\(root)/checkout")
    #expect(ShareFolder.find(besideProgram: "\(root)/half/.build/release/carbonclip") == nil)
    #expect(ShareFolder.find(besideProgram: "\(root)/alone/carbonclip") == nil)
    #expect(ShareFolder.find(besideProgram: "/carbonclip") == nil)
  }
}
