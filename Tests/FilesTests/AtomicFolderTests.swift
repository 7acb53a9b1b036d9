import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing

@Suite struct AtomicFolderTests {
  private func write(_ text: String, to path: String, fails: Bool = false) throws {
    try AtomicFolder.write(to: path) { folder in
      for name in ["weights", "config.json"] { try AtomicFile.write(text, to: "\(folder)/\(name)") }
      if fails { throw InputError("no more", file: "\(folder)/weights") }
    }
  }

  private func texts(_ path: String) throws -> [String] {
    try ["weights", "config.json"].map { try TextFile.text(of: "\(path)/\($0)") }
  }

  @Test("a folder is made, and exchanged as a whole; files of other names stay")
  func exchange() throws {
    let folder = try ScratchFolder(), path = "\(folder.path)/a/model"
    try write("1", to: path)
    #expect(try texts(path) == ["1", "1"])
    try AtomicFile.write("mine", to: "\(path)/notes.txt")
    try write("2", to: path + "/")
    #expect(try texts(path) == ["2", "2"] && TextFile.text(of: "\(path)/notes.txt") == "mine")
    #expect(try Folder.names(in: "\(folder.path)/a") == ["model"])
  }

  @Test("where other folders lie there the files are moved, and nothing is lost")
  func moved() throws {
    let folder = try ScratchFolder(), path = "\(folder.path)/model"
    try write("1", to: path)
    try Folder.make("\(path)/logs")
    try AtomicFile.write("mine", to: "\(path)/logs/a")
    try write("2", to: path)
    #expect(try texts(path) == ["2", "2"] && TextFile.text(of: "\(path)/logs/a") == "mine")
    #expect(try Folder.names(in: path) == ["config.json", "logs", "weights"])
  }

  @Test("a failure leaves the old folder, no other, and names the place that was asked for")
  func failure() throws {
    let folder = try ScratchFolder(), path = "\(folder.path)/model"
    try write("1", to: path)
    #expect { try write("2", to: path, fails: true) } throws: { "\($0)" == "\(path)/weights: no more" }
    #expect(try texts(path) == ["1", "1"] && folder.names == ["model"])
  }

  @Test("links to folders are followed; what is no folder is refused")
  func places() throws {
    let folder = try ScratchFolder(), path = "\(folder.path)/model"
    try write("1", to: path)
    #expect(symlink("model", "\(folder.path)/link") == 0 && symlink("none", "\(folder.path)/dangling") == 0)
    try write("2", to: "\(folder.path)/link")
    #expect(try texts(path) == ["2", "2"])
    let file = try folder.write([1], to: "file")
    for (place, problem) in [
      (file, "is no folder"), ("\(folder.path)/dangling", "is a link that leads to no folder"), ("", "path is empty"),
    ] {
      #expect { try write("3", to: place) } throws: { "\($0)".contains(problem) }
    }
  }

  @Test("a folder whose writing was interrupted between its files is told from a whole one")
  func incomplete() throws {
    let folder = try ScratchFolder(), path = "\(folder.path)/model"
    try write("1", to: path)
    try AtomicFolder.requireComplete(path)
    try AtomicFile.write("", to: "\(path)/INCOMPLETE")
    #expect { try AtomicFolder.requireComplete(path) } throws: { "\($0)".hasPrefix("\(path): is incomplete") }
    try write("2", to: path)
    try AtomicFolder.requireComplete(path)
  }

  @Test("file systems that machines share are told by their magic numbers; the usual ones are local")
  func fileSystems() throws {
    for (magic, name) in [
      (0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0x0BD0_0BD0, "Lustre"), (0x6573_5546, "FUSE"), (0x0102_1997, "9p"),
      (0x00C3_6400, "Ceph"), (0x4750_4653, "GPFS"), (0x1983_0326, "BeeGFS"), (0x5346_414F, "AFS"),
    ] as [(Int64, String)] { #expect(FileSystem.shared[magic] == name) }
    // ext4, xfs, btrfs, tmpfs, overlayfs, zfs
    for magic in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1] as [Int64] {
      #expect(FileSystem.shared[magic] == nil)
    }
    #expect(FileSystem.sharedName("/proc/none/such") == nil)
  }

  @Test("temporary folders are private, unpredictable, in TMPDIR, and go with their owner")
  func work() throws {
    var path = ""
    do {
      let work = try WorkFolder(), other = try WorkFolder()
      path = work.path
      #expect(work.path != other.path && Folder.exists(path) && Folder.exists(other.path))
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }
    #expect(!Folder.exists(path))
  }
}
