import CLIPFiles
import Testing
import CLIPWeights

@Suite struct ZipArchiveTests {
  private func refusal(_ bytes: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.pt", bytes)
    return message(path) { _ = try TorchArchive(path: path) }
  }

  private func archive(_ change: (inout ZipBuilder) -> Void, count: Int? = nil) -> [UInt8] {
    var zip = ZipBuilder()
    change(&zip)
    return zip.bytes(count: count)
  }

  @Test("damaged and unusual archives are refused in one line")
  func refusals() throws {
    let whole = Pickle.archive(Pickle.state())
    #expect(
      try refusal(Array(whole.dropLast(30)))
        == "FILE: not a sound ZIP archive: the end of the archive is missing; fetch the file again")
    #expect(
      try refusal(archive { $0.add("x", []) })
        == "FILE: is a ZIP archive without data.pkl, not a PyTorch checkpoint")
    #expect(
      try refusal(archive { $0.add("../x", []) }) == "FILE: ../x: a member's name leads out of the archive")
    #expect(
      try refusal(archive { $0.add("/etc/x", []) })
        == "FILE: /etc/x: a member's name leads out of the archive")
    #expect(
      try refusal(archive { $0.add("x", [], flags: 1) }) == "FILE: x: encrypted archives are not supported")
    #expect(
      try refusal(archive { $0.add("x", [], method: 14) })
        == "FILE: x: the compression method 14 is not supported; only stored and deflated are")
    #expect(
      try refusal(archive { $0.add("x", [1], size: 2) })
        == "FILE: x: is stored in 1 bytes where 2 are declared")
    #expect(
      try refusal(archive { $0.add("x", [1], localName: "y") })
        == "FILE: x: the directory and the member's header disagree about its name")
    #expect(
      try refusal(
        archive {
          $0.add("x", [])
          $0.add("x", [])
        }) == "FILE: x: two members of one name in the archive")
    #expect(
      try refusal(archive({ $0.add("x", []) }, count: 2))
        == "FILE: not a sound ZIP archive: the directory is corrupt")
  }

  @Test("a deflated member that unpacks to another size, or to too much, is refused")
  func deflated() throws {
    #expect(
      try refusal(archive { $0.add("a/data.pkl", [0xFF, 0xFF], method: 8, size: 10) })
        == "FILE: a/data.pkl: compressed data is corrupt or cut short after 0 bytes; fetch the file again")
    // Deflate's empty final block: unpacks to nothing.
    #expect(
      try refusal(archive { $0.add("a/data.pkl", [0x03, 0x00], method: 8, size: 10) })
        == "FILE: a/data.pkl: unpacks to 0 bytes where the directory says 10")
    #expect(
      try refusal(
        archive { $0.add("a/data.pkl", [0x01, 0x02, 0x00, 0xFD, 0xFF, 0x80, 0x02], method: 8, size: 1) })
        == "FILE: a/data.pkl: unpacks to more than the 1 bytes allowed here")
  }

  @Test("a member that unpacks to more than its tensors need is refused before it is unpacked")
  func bomb() throws {
    var zip = ZipBuilder()
    zip.add("a/data.pkl", Pickle.state())
    zip.add("a/data/0", [3, 0], method: 8, size: 1 << 31)
    #expect(try refusal(zip.bytes()) == "FILE: a/data/0: unpacks to 2147483648 bytes where 16 are needed")
    var long = ZipBuilder()
    long.add("a/data.pkl", [3, 0], method: 8, size: 1 << 31)
    #expect(
      try refusal(long.bytes()) == "FILE: a/data.pkl: unpacks to 2147483648 bytes where 67108864 are needed")
  }
}
