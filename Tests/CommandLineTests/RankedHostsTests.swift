import CLIPFiles
import Foundation
import Testing

/// Two ranks that reach one another over a network alone: two network namespaces with a cable between them, each with a
/// host name of its own. It asks for root and `ip`; elsewhere the tests say that they were skipped, and why.
@Suite("Training over MPI, between hosts", .serialized)
struct RankedHostsTests {
  /// Namespaces with a virtual cable between them, taken down at the end.
  private final class Hosts {
    let folder: TemporaryFolder
    let names: [String]
    let addresses: [String]

    /// - Returns: nil where the machine does not allow it
    init?(_ folder: TemporaryFolder) throws {
      self.folder = folder
      let id = getpid() % 50_000, net = "10.\(200 + id / 250 % 50).\(id % 250)"
      names = ["cclipa\(id)", "cclipb\(id)"]
      addresses = ["\(net).1", "\(net).2"]
      let script =
        ["ip netns add \(names[0])", "ip netns add \(names[1])"]
        + ["ip link add cable netns \(names[0]) type veth peer name cable netns \(names[1])"]
        + (0..<2).flatMap { end in
          [
            "ip -n \(names[end]) addr add \(addresses[end])/24 dev cable",
            "ip -n \(names[end]) link set cable up", "ip -n \(names[end]) link set lo up",
          ]
        }
      // The kernel says up to a second later that a cable carries; MPICH's UCX does not take one that does not.
      let carries = names.map {
        "for _ in $(seq 100); do ip netns exec \($0) grep -q up /sys/class/net/cable/operstate && break; sleep 0.05; done"
      }
      guard Self.shell((script + carries).joined(separator: " && ")) == 0 else {
        remove()
        return nil
      }
      // What a launcher calls in place of ssh: HOST COMMAND...
      _ = try folder.write(Array(agent.utf8), "agent")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder.path)/agent")
    }

    private var agent: String {
      """
      #!/bin/sh
      # agent HOST COMMAND...: on a "host", with its network and its name; options of ssh are passed over
      while [ "${1#-}" != "$1" ]; do shift; done
      case $1 in \(addresses[0])) name=\(names[0]) ;; *) name=\(names[1]) ;; esac
      echo "$1" >>'\(folder.path)/asked'
      shift
      exec ip netns exec $name unshare --uts sh -c 'hostname "$0"; eval "$*"' $name "$@"

      """
    }

    static func shell(_ command: String) -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", command]
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return -1 }
      process.waitUntilExit()
      return process.terminationStatus
    }

    func remove() { for name in names { _ = Self.shell("ip netns del \(name)") } }

    /// Bytes that went over the cable, from the first host.
    func sent() throws -> Int {
      let file = "\(folder.path)/sent"
      _ = Self.shell("ip netns exec \(names[0]) cat /sys/class/net/cable/statistics/tx_bytes >'\(file)'")
      return Int(try TextFile.text(of: file).filter(\.isNumber)) ?? 0
    }

    deinit { remove() }
  }

  private static let isPossible =
    geteuid() == 0
    && Hosts.shell("command -v ip && command -v unshare && ip netns add cclip-try && ip netns del cclip-try") == 0

  /// The launcher with what leads it onto the cable: no shared memory, no other network.
  private static func command(_ launcher: String, _ hosts: Hosts, _ agent: String) -> [String] {
    let both = hosts.addresses.joined(separator: ","), net = "\(hosts.addresses[0])/24"
    guard launcher.hasSuffix("openmpi") else {
      return [launcher, "-launcher", "ssh", "-launcher-exec", agent, "-hosts", both, "-ppn", "1", "-n", "2"]
    }
    return [
      launcher, "--mca", "plm_rsh_agent", agent, "--host", both, "--mca", "pml", "ob1", "--mca", "btl", "tcp,self",
      "--mca",
      "btl_tcp_if_include", net, "--mca", "oob_tcp_if_include", net, "--bind-to", "none", "-n", "2",
    ]
  }

  /// Waits for the ranks' end. MPICH 4.0 over UCX was seen to stay in `MPI_Finalize` for good, one rank closing a connection and
  /// the other in the launcher's barrier: what is left a minute after training has ended is ended, too.
  /// - Returns: whether the launcher ended by itself
  private static func finalizes(_ process: Process, _ log: String, _ folder: TemporaryFolder) -> Bool {
    var ended: ContinuousClock.Instant?
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.2)
      if ended == nil, (try? TextFile.text(of: log))?.contains("\"event\":\"end\"") ?? false { ended = .now }
      guard let ended, ended.duration(to: .now) > .seconds(60) else { continue }
      _ = Hosts.shell("pkill -KILL -f '\(folder.path)'")
      process.waitUntilExit()
      return false
    }
    process.waitUntilExit()
    return true
  }

  @Test(
    "two ranks on two hosts, with a network alone between them, train as one process does",
    .enabled(if: isPossible, "not run here: two network namespaces ask for root and ip(8)"),
    arguments: RankedTrainingTests.launchers)
  func hosts(launcher: String) throws {
    let folder = try TemporaryFolder()
    let hosts = try #require(try Hosts(folder), "no cable could be laid between two namespaces")
    let alone = try Program.run(try RankedTrainingTests.arguments(folder, name: "alone", batch: 32))
    try #require(alone.status == 0, "\(alone.errors)")
    let process = Process(), errors = "\(folder.path)/errors"
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      [
        "-c", "exec ip netns exec \(hosts.names[0]) unshare --uts sh -c 'hostname \"$0\"; exec \"$@\"' \"$@\"", "sh",
        hosts.names[0],
      ] + Self.command(launcher, hosts, "\(folder.path)/agent") + [Program.path]
      + (try RankedTrainingTests.arguments(folder, name: "hosts", batch: 16))
    var environment = ProcessInfo.processInfo.environment
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    environment["FI_PROVIDER"] = "tcp"
    environment["UCX_TLS"] = "tcp,self"
    process.environment = environment
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    let before = try hosts.sent()
    try process.run()
    let isStuck = Self.finalizes(process, "\(folder.path)/logs/hosts/log.jsonl", folder) == false
    let said = try TextFile.text(of: errors)
    try #require(process.terminationStatus == 0 || isStuck && launcher.hasSuffix("mpich"), "\(said)")
    let whole = try RankedTrainingTests.losses(folder, "alone"),
      shared = try RankedTrainingTests.losses(folder, "hosts")
    #expect(whole.count == 12 && shared.count == 12)
    for step in 1...10 {
      let expected = try #require(whole[step]), found = try #require(shared[step])
      #expect(abs(found - expected) <= 1e-5 * expected, "step \(step): \(found), alone \(expected)")
    }
    // The other rank was started through the agent, and each step's gradients went over the cable.
    #expect(try TextFile.text(of: "\(folder.path)/asked").contains(hosts.addresses[1]))
    let gradients = try RankedTrainingTests.traffic(folder, "hosts")
    #expect(gradients > 100_000)
    #expect(try hosts.sent() - before > 12 * gradients / 2)
  }
}
