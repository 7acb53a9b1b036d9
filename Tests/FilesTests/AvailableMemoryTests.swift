import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing

@Suite("Available memory")
struct AvailableMemoryTests {
  /// A machine with 8 GB left, and files of its own.
  private func machine(_ files: [String: String]) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    var files = files
    files["proc/meminfo"] = "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n"
    for (name, text) in files {
      let path = "\(folder.path)/\(name)"
      try Folder.make(Folder.parent(of: path))
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    return folder
  }

  private func least(
    _ files: [String: String], limits: @escaping (AvailableMemory.Bound) -> Double? = { _ in nil }
  ) throws -> AvailableMemory? {
    let folder = try machine(files)
    return AvailableMemory.least(root: folder.path, limits: limits)
  }

  @Test("without limits it is what the machine has left")
  func unlimited() throws {
    #expect(try least([:]) == AvailableMemory(bytes: 8_000_000 * 1024, bound: .machine))
    let files = ["proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/memory.max": "max\n"]
    #expect(try least(files) == AvailableMemory(bytes: 8_000_000 * 1024, bound: .machine))
  }

  @Test("a control group's limit counts less what is used, and pages of files that nobody uses are free")
  func unified() throws {
    let files = [
      "proc/self/cgroup": "0::/slice/job\n", "sys/fs/cgroup/slice/job/memory.max": "1000000000\n",
      "sys/fs/cgroup/slice/job/memory.current": "400000000\n",
      "sys/fs/cgroup/slice/job/memory.stat": "anon 1\ninactive_file 100000000\n",
    ]
    #expect(try least(files) == AvailableMemory(bytes: 700_000_000, bound: .controlGroup))
  }

  @Test("a limit of a group above binds too")
  func parent() throws {
    let files = [
      "proc/self/cgroup": "0::/slice/job\n", "sys/fs/cgroup/slice/job/memory.max": "3000000000\n",
      "sys/fs/cgroup/slice/memory.max": "2000000000\n", "sys/fs/cgroup/slice/memory.current": "500000000\n",
    ]
    #expect(try least(files) == AvailableMemory(bytes: 1_500_000_000, bound: .controlGroup))
  }

  @Test("version 1: the process's own group, and the mounted root inside a container")
  func first() throws {
    let own = [
      "proc/self/cgroup": "5:devices:/\n4:memory:/a/b\n",
      "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "900000000\n",
      "sys/fs/cgroup/memory/a/b/memory.usage_in_bytes": "300000000\n",
      "sys/fs/cgroup/memory/a/b/memory.stat": "inactive_file 5\ntotal_inactive_file 100000000\n",
    ]
    #expect(try least(own) == AvailableMemory(bytes: 700_000_000, bound: .controlGroup))
    let container = [
      "proc/self/cgroup": "4:memory:/docker/0123\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "500000000\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "100000000\n",
    ]
    #expect(try least(container) == AvailableMemory(bytes: 400_000_000, bound: .controlGroup))
    let none = [
      "proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ]
    #expect(try least(none)?.bound == .machine)
  }

  @Test("limits of the process count less what it has")
  func process() throws {
    let page = Double(sysconf(Int32(_SC_PAGESIZE)))
    let files = ["proc/self/statm": "1000 500 100 10 0 700 0\n"]
    #expect(
      try least(files) { $0 == .addressSpace ? 1e9 : nil }
        == AvailableMemory(bytes: 1e9 - 1000 * page, bound: .addressSpace))
    #expect(
      try least(files) { $0 == .dataSegment ? 1e9 : nil }
        == AvailableMemory(bytes: 1e9 - 700 * page, bound: .dataSegment))
    #expect(try least(files) { $0 == .addressSpace ? 1000 : nil }?.bytes == 0)
  }

  @Test("rubbish in the system's files is as good as nothing")
  func rubbish() throws {
    let files = [
      "proc/self/cgroup": "::\n0\n0::\nx:memory\n", "sys/fs/cgroup/memory.max": "-\n", "proc/self/statm": "a b\n",
    ]
    #expect(try least(files) { _ in 1e12 }?.bound == .machine)
  }

  @Test("what needs more is refused with both sizes")
  func refusal() {
    let left = AvailableMemory(bytes: 1.5e9, bound: .controlGroup)
    #expect(throws: Never.self) { try left.require(1.4e9, for: "a batch") { _ in "" } }
    do {
      try left.require(3.2e9, for: "a batch of 8") { _ in "use a smaller one" }
      Issue.record("nothing was thrown")
    } catch {
      #expect(
        "\(error)"
          == "a batch of 8 needs about 3.2 GB of memory, and 1.5 GB are left of the container's or job's limit; use a smaller one"
      )
    }
  }
}
