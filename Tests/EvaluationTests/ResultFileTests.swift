import CLIPEvaluation
import CLIPFiles
import Foundation
import Testing

@Suite("Names of data sets and result files")
struct ResultFileTests {
  @Test(
    "two data sets never bear one name",
    arguments: [
      (["d1/val", "d2/val"], ["d1/val", "d2/val"]),
      (["a/val", "scenes:test?count=5"], ["val", "scenes:test?count=5"]),
      (["x/d/val/", "./y/d//val", "z/val"], ["x/d/val", "y/d/val", "z/val"]), (["val", "d/val"], ["val", "d/val"]),
      (["d/a:b", "e/a b"], ["d/a:b", "e/a b"]), (["a/{0..1}.tar", "b/{0..1}.tar"], ["a/{0..1}.tar", "b/{0..1}.tar"]),
      (["a/Val", "b/val"], ["a/Val", "b/val"]),
    ])
  func distinct(paths: [String], names: [String]) throws { #expect(try DataSetNames.distinct(paths) == names) }

  @Test("the same data twice is refused")
  func twice() {
    #expect(throws: InputError("is named twice", file: "d/val", advice: "name each data set once")) {
      try DataSetNames.distinct(["d/val", "./d/val/"])
    }
  }

  @Test("a result of other data, another checkpoint or another precision keeps its file")
  func across() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("results-\(UUID().uuidString)").path
    try Folder.make(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func place(_ data: String, _ checkpoint: String, _ precision: String = "fp32", name: String? = nil) throws
      -> ResultFile
    {
      let file = try ResultFile(
        in: folder, of: ResultFile.Subject(data: data, checkpoint: checkpoint, precision: precision),
        task: .retrieval, dataset: name ?? Folder.name(of: data), isGiven: name != nil, model: "m")
      let json: JSONValue = [
        "data": .string(data), "checkpoint": .string(checkpoint), "precision": .string(precision),
      ]
      try AtomicFile.write(json.text(), to: file.path)
      return file
    }
    let end = "_m_en_zeroshot_retrieval.json"
    #expect(try Folder.name(of: place("d1/val", "a/cp/e").path) == "val_e\(end)")
    let second = try place("d2/val", "a/cp/e")
    #expect(Folder.name(of: second.path) == "d2_val_e\(end)")
    #expect(second.note?.hasPrefix("\(folder)/val_e\(end) holds the result of another evaluation") == true)
    // The same again replaces its own.
    let again = try place("d1/val", "a/cp/e")
    #expect(Folder.name(of: again.path) == "val_e\(end)" && again.earlier != nil && again.note == nil)
    #expect(try Folder.name(of: place("d1/val", "b/cp/e").path) == "val_cp_e\(end)")
    #expect(try Folder.name(of: place("d1/val", "c/cp/e").path) == "val_c_cp_e\(end)")
    #expect(try Folder.name(of: place("d1/val", "a/cp/e", "int8").path) == "val_e-int8\(end)")
    #expect(try Folder.names(in: folder).count == 5)
    // A name that the user chose is not changed.
    _ = try place("d1/val", "a/cp/e", name: "mine")
    #expect(throws: InputError.self) { _ = try place("d2/val", "a/cp/e", name: "mine") }
    // What is no result of ours is not written over either.
    try AtomicFile.write("{}", to: "\(folder)/x_e\(end)")
    #expect(try Folder.name(of: place("d/x", "e").path) == "d_x_e\(end)")
    #expect(try TextFile.text(of: "\(folder)/x_e\(end)") == "{}")
  }
}
