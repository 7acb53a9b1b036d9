import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing

/// What a file may be written over, and what is never replaced.
@Suite struct OutputPathTests {
  private func fault(_ path: String) -> String? {
    do {
      try AtomicFile.write("new", to: path)
      return nil
    } catch { return "\(error)" }
  }

  @Test("a named pipe, a socket, a folder and a device are refused and stay what they are")
  func special() throws {
    let folder = try ScratchFolder(), pipe = "\(folder.path)/pipe", inside = "\(folder.path)/inside"
    #expect(mkfifo(pipe, 0o600) == 0)
    try Folder.make(inside)
    #expect(fault(pipe) == "\(pipe): is a named pipe, which is never replaced; name a file")
    #expect(fault(inside) == "\(inside): is a folder, which is never replaced; name a file")
    #expect(fault("\(inside)/") == "\(inside)/: is a folder's name; name a file")
    #expect(fault("") == "an empty path cannot be written; name a file")
    // A device of its own, where this user may make one; never the system's.
    let device = "\(folder.path)/null"
    if mknod(device, S_IFCHR | 0o600, 259) == 0 {
      #expect(fault(device) == "\(device): is a device, which is never replaced; name a file")
      var status = stat()
      #expect(stat(device, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(folder.names.allSatisfy { !$0.contains("partial") })
  }

  @Test("a link to a file is followed and stays a link; one that leads nowhere, in circles or elsewhere is refused")
  func links() throws {
    let folder = try ScratchFolder(), there = "\(folder.path)/there"
    try Folder.make(there)
    try AtomicFile.write("old", to: "\(there)/file")
    for (name, target) in [
      ("good", "there/file"), ("far", "good"), ("dangling", "none"), ("loop", "loop2"), ("loop2", "loop"),
      ("folder", "there"), ("stream", "/dev/stdout"),
    ] { #expect(symlink(target, "\(folder.path)/\(name)") == 0) }
    #expect(fault("\(folder.path)/far") == nil)
    #expect(try TextFile.text(of: "\(there)/file") == "new" && Folder.names(in: there) == ["file"])
    for name in ["good", "far"] {
      #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/\(name)")) != nil)
    }
    #expect(fault("\(folder.path)/dangling")?.contains("is a link to what is not there") == true)
    #expect(fault("\(folder.path)/loop")?.contains("symbolic links") == true)
    #expect(fault("\(folder.path)/folder")?.contains("is a folder") == true)
    let stream = fault("\(folder.path)/stream") ?? ""
    #expect(stream.contains("is an open stream") || stream.contains("is a device"), "\(stream)")
    #expect(fault("/dev/stdout")?.isEmpty == false)
  }

  @Test("a temporary file is never a link that somebody put there, and no two have one name")
  func temporary() throws {
    let folder = try ScratchFolder(), victim = try folder.write("mine".utf8, to: "victim")
    let path = "\(folder.path)/model.safetensors"
    #expect(symlink(victim, "\(path).partial-\(getpid())") == 0)
    var first = try AtomicFile(path: path), second = try AtomicFile(path: path)
    try first.write("first")
    try second.write("second")
    let names = folder.names.filter { $0.contains(/\.partial-[0-9a-f]{16}$/) }
    #expect(names.count == 2)
    try first.commit()
    try second.commit()
    #expect(try TextFile.text(of: path) == "second" && TextFile.text(of: victim) == "mine")
  }

  @Test("what killed commands left is removed by the next that writes there; what is being written is not")
  func leftovers() throws {
    let folder = try ScratchFolder(), left = ".partial-0123456789abcdef"
    for name in ["a\(left)", "b\(left)", "model.partial-999999", "other.partial-999999", "partial-1", "c.partial-xyz"] {
      _ = try folder.write([1], to: name)
    }
    try Folder.make("\(folder.path)/epoch\(left)/x")
    var open = try AtomicFile(path: "\(folder.path)/model")
    #expect(
      folder.names.filter { !$0.contains(/model\.partial-[0-9a-f]{16}$/) } == [
        "c.partial-xyz", "other.partial-999999", "partial-1",
      ])
    Leftovers.sweep(folder.path)
    #expect(folder.names.count == 3 && !folder.names.contains("other.partial-999999"))
    try open.write("x")
    try open.commit()
    try Folder.make("\(folder.path)/deep/deeper")
    try AtomicFile.write("x", to: "\(folder.path)/deep/deeper/y\(left)")
    Leftovers.sweep(folder.path, depth: 1)
    #expect(try Folder.names(in: "\(folder.path)/deep/deeper").count == 1)
    Leftovers.sweep(folder.path, depth: 2)
    #expect(try Folder.names(in: "\(folder.path)/deep/deeper").isEmpty)
  }

  @Test("names are cut where they would be too long for a file system")
  func longNames() throws {
    let folder = try ScratchFolder(), name = String(repeating: "é", count: 120)
    try AtomicFile.write("x", to: "\(folder.path)/\(name)")
    #expect(folder.names == [name])
  }
}
