import CLIPFiles
import CLIPModelShapes
import CLIPWeights
import Foundation
import Testing

/// The checkpoints that come with the toolkit say truthfully where they load, and have beside them what loads them.
@Suite("Shipped checkpoints")
struct ShippedCheckpointTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("checkpoints").path

  private static let names = ["carbonclip-xs", "carbonclip-s", "carbonclip-m", "carbonclip-l", "carbonclip-xl"]

  @Test("the card names the library that loads it, and shows the code", arguments: names)
  func card(name: String) throws {
    let place = "\(Self.folder)/\(name)", shape = try ModelDescription.read(folder: place).configuration
    let code = LoadingCode(shape), card = try TextFile.text(of: "\(place)/README.md")
    #expect(card.contains("\nlibrary_name: \(code.library)\n") && card.contains(code.section))
    #expect(code.library == (shape.isLoadable(by: .openCLIP) ? "open_clip" : "carbonclip"))
  }

  @Test("the module beside weights that no library holds is the toolkit's own", arguments: names)
  func module(name: String) throws {
    let place = "\(Self.folder)/\(name)", shape = try ModelDescription.read(folder: place)
    #expect(Folder.containsFile("\(place)/carbonclip_model.py") == !shape.configuration.isStock)
    guard !shape.configuration.isStock else { return }
    let scratch = try TemporaryFolder()
    try CheckpointFolder.writeModule(to: scratch.path, shape)
    for file in try Folder.names(in: scratch.path) {
      #expect(try TextFile.bytes(of: "\(place)/\(file)") == TextFile.bytes(of: "\(scratch.path)/\(file)"), "\(file)")
    }
    #expect(try Folder.names(in: scratch.path) == ["carbonclip_model.py", "config.json"])
  }
}
